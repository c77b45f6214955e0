# install.cmake - where "cmake --install" puts what beside the program.
#
# The manual pages and the examples of the source tree speak of /usr/local, where
# an installation from source goes by default; what is installed speaks of where
# it was installed.

set(RUA_UNITS "${CMAKE_INSTALL_PREFIX}/lib/systemd/system" CACHE PATH "where systemd finds units")
set(RUA_SHELLS "${CMAKE_INSTALL_DATADIR}" CACHE PATH "below which shells find their completions")
# whatever the umask is
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(PLACED ${CMAKE_BINARY_DIR}/placed)
find_program(GZIP gzip REQUIRED)

# keep FILE TEXT: writes it when it is not what stands there already.
function(keep file text)
  set(old "")
  if(EXISTS ${file})
    file(READ ${file} old)
  endif()
  if(NOT "${old}" STREQUAL "${text}")
    file(WRITE ${file} "${text}")
  endif()
endfunction()

# place FILE: a copy in ${PLACED}, with the paths of this installation in it.
function(place file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${file})
  file(READ ${PROJECT_SOURCE_DIR}/${file} text)
  string(REPLACE "/usr/local/etc/ruamill" "${CMAKE_INSTALL_FULL_SYSCONFDIR}/ruamill" text "${text}")
  string(REPLACE "/usr/local/bin/ruamill" "${CMAKE_INSTALL_FULL_BINDIR}/ruamill" text "${text}")
  keep(${PLACED}/${file} "${text}")
endfunction()

# packed SOURCE NAME: ${PLACED}/packed/NAME, always the same bytes.
function(packed source name)
  set(target ${PLACED}/packed/${name})
  add_custom_command(OUTPUT ${target} DEPENDS ${source} VERBATIM
    COMMAND ${CMAKE_COMMAND} -E make_directory ${PLACED}/packed
    COMMAND sh -c [[exec "$0" -9nc "$1" >"$2"]] ${GZIP} ${source} ${target})
  set_property(GLOBAL APPEND PROPERTY RUA_PACKED ${target})
endfunction()

# The manual.
file(GLOB pages RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS docs/*.[1-8])
foreach(page ${pages})
  place(${page})
  get_filename_component(name ${page} NAME)
  string(REGEX REPLACE ".*\\." "" section ${name})
  set(component program)
  if(name MATCHES "^ruamill-ship\\.")
    set(component ship)
  endif()
  packed(${PLACED}/${page} ${name}.gz)
  install(FILES ${PLACED}/packed/${name}.gz
    DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section} COMPONENT ${component})
endforeach()

# Completions, of what the program says of itself.
foreach(shell bash zsh)
  add_custom_command(OUTPUT ${PLACED}/completion.${shell}
    DEPENDS ruamill ${PROJECT_SOURCE_DIR}/packaging/completion.sh ${PROJECT_SOURCE_DIR}/packaging/completion.awk
    COMMAND ${PROJECT_SOURCE_DIR}/packaging/completion.sh ${shell} $<TARGET_FILE:ruamill> ${PLACED}/completion.${shell}
    VERBATIM)
  set_property(GLOBAL APPEND PROPERTY RUA_PACKED ${PLACED}/completion.${shell})
endforeach()
install(FILES ${PLACED}/completion.bash RENAME ruamill
  DESTINATION ${RUA_SHELLS}/bash-completion/completions COMPONENT program)
install(FILES ${PLACED}/completion.zsh RENAME _ruamill
  DESTINATION ${RUA_SHELLS}/zsh/vendor-completions COMPONENT program)

# Units, user and folders.
file(GLOB units RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS
  examples/systemd/*.service examples/systemd/*.socket examples/systemd/*.timer)
foreach(unit ${units})
  place(${unit})
  set(component program)
  if(unit MATCHES "/ruamill-(allow|ship)") # what they start is ruamill-ship
    set(component ship)
  endif()
  install(FILES ${PLACED}/${unit} DESTINATION ${RUA_UNITS} COMPONENT ${component})
endforeach()
foreach(kind sysusers tmpfiles)
  install(FILES examples/systemd/${kind}.conf RENAME ruamill.conf
    DESTINATION ${CMAKE_INSTALL_PREFIX}/lib/${kind}.d COMPONENT program)
endforeach()

# Examples and documents. quickstart.sh is for the source tree.
file(GLOB_RECURSE examples RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS examples/*)
list(REMOVE_ITEM examples examples/quickstart.sh)
foreach(example ${examples})
  get_filename_component(folder ${example} DIRECTORY)
  if(example MATCHES "^examples/reports/")
    set(from ${PROJECT_SOURCE_DIR}/${example})
  else()
    place(${example})
    set(from ${PLACED}/${example})
  endif()
  install(FILES ${from} DESTINATION ${CMAKE_INSTALL_DOCDIR}/${folder} COMPONENT program)
endforeach()
file(GLOB documents CONFIGURE_DEPENDS docs/*.md docs/*.svg docs/*.png)
install(FILES ${documents} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs COMPONENT program)
install(FILES README.md SECURITY.md DESIGN.md DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT program)

# The configuration: every option at its default, and an allowlist of comments.
file(READ ${PROJECT_SOURCE_DIR}/examples/allow text)
string(REGEX REPLACE "\n([a-z@])" "\n#\\1" text "${text}")
keep(${PLACED}/allow "${text}")
install(FILES ${PLACED}/examples/ruamill.conf ${PLACED}/allow
  DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/ruamill COMPONENT program)

# librua, for programs that are linked with it.
file(GLOB headers CONFIGURE_DEPENDS lib/*.h)
install(FILES ${headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/rua COMPONENT dev)
configure_file(packaging/librua.pc.in ${PLACED}/librua.pc @ONLY)
install(FILES ${PLACED}/librua.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)

# The source, as it is committed: the same bytes whoever makes it.
add_custom_target(tarball VERBATIM
  COMMAND ${PROJECT_SOURCE_DIR}/packaging/tarball.sh ${PROJECT_VERSION} ${CMAKE_BINARY_DIR})
