# deb.cmake - what "cpack -G DEB" makes of an installation in /usr:
#   ruamill       the program and what it is run with
#   ruamill-ship  "ruamill ship", which needs libcurl and libpq
#   ruamill-dev   librua, to link with
# Built twice from the same source, the packages are the same, byte for byte.
# "cmake --workflow --preset package" does all of it.

set(RUA_MAINTAINER "ruamill authors <ruamill@example.org>" CACHE STRING
  "who makes the packages: for others to write to")
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME ruamill)
set(CPACK_PACKAGE_CONTACT "${RUA_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "") # it would come before those of the packages
set(CPACK_COMPONENTS_ALL program ship dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
# /etc is not below the prefix.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX ${CMAKE_INSTALL_PREFIX})
set(CPACK_STRIP_FILES ON)
# The times in the packages are those of the changelog's last entry.
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/packaging/cpack.cmake)
set(CPACK_RUA_CHANGELOG ${PLACED}/changelog)
configure_file(packaging/debian/changelog.in ${CPACK_RUA_CHANGELOG} @ONLY)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME ruamill)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
# They make the user and the folders.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS
  "systemd | systemd-standalone-sysusers | systemd-sysusers, systemd | systemd-standalone-tmpfiles | systemd-tmpfiles")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "postfix | sendmail-bin")
set(CPACK_DEBIAN_PROGRAM_DESCRIPTION "DMARC aggregate reports to per-domain tables
Other mail systems send DMARC aggregate reports to the owner of a domain:
zipped XML, by mail, every day. ruamill takes them out of the mail flow, as a
milter of Postfix or Sendmail, as a transport of Postfix, or from stored mail,
and turns them into CSV or TSV tables for each domain and an archive of the
reports as they came.

What it says it has stored is stored, once, and survives a crash. Mail from
strangers is read in a process that can do nothing else.")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
  "packaging/debian/postinst;packaging/debian/prerm;packaging/debian/postrm;${PLACED}/conffiles")
list(TRANSFORM CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
  PREPEND ${PROJECT_SOURCE_DIR}/ REGEX "^packaging")
set(conf ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ruamill)
keep(${PLACED}/conffiles "${conf}/ruamill.conf\n${conf}/allow\n")

set(CPACK_DEBIAN_SHIP_PACKAGE_NAME ruamill-ship)
set(CPACK_DEBIAN_SHIP_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_SHIP_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_SHIP_PACKAGE_DEPENDS "ruamill (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "${CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS}, ruamill-ship")
set(CPACK_DEBIAN_SHIP_DESCRIPTION "DMARC aggregate reports from ruamill to a database
ruamill turns DMARC aggregate reports into tables. This package brings the
command ruamill ship, which sends their rows to ClickHouse or PostgreSQL, and
raw reports to S3, each of them once, and ruamill allow fetch, which fetches
the allowlist from a web server.")
set(CPACK_DEBIAN_SHIP_PACKAGE_CONTROL_EXTRA
  "packaging/debian/ship/postinst;packaging/debian/ship/prerm;packaging/debian/ship/postrm")
list(TRANSFORM CPACK_DEBIAN_SHIP_PACKAGE_CONTROL_EXTRA PREPEND ${PROJECT_SOURCE_DIR}/)

set(CPACK_DEBIAN_DEV_PACKAGE_NAME ruamill-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libc6-dev, libexpat1-dev, libgmime-3.0-dev, \
libidn2-dev, libminizip-dev, nettle-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "DMARC aggregate reports to rows: the library
librua is what ruamill is made of: it reads a mail with DMARC aggregate
reports, and turns them into rows of a table and a store of such tables. This
package has the static library, its headers, which describe it, and its
pkg-config file.")

# What every Debian package has in its folder of documents.
file(READ LICENSE text)
if(RUA_LEAN)
  file(READ packaging/debian/linked linked)
  string(APPEND text "${linked}")
endif()
keep(${PLACED}/copyright "${text}")
foreach(part program ship dev)
  string(TOUPPER ${part} PART)
  set(folder ${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${PART}_PACKAGE_NAME})
  install(FILES ${PLACED}/copyright DESTINATION ${folder} COMPONENT ${part})
  foreach(changelog changelog changelog.Debian)
    install(FILES ${PLACED}/packed/${changelog}.gz DESTINATION ${folder} COMPONENT ${part})
  endforeach()
endforeach()
packed(${PROJECT_SOURCE_DIR}/CHANGELOG.md changelog.gz)
packed(${CPACK_RUA_CHANGELOG} changelog.Debian.gz)
get_property(made GLOBAL PROPERTY RUA_PACKED)
add_custom_target(packed ALL DEPENDS ${made})

include(CPack)
