# embed.cmake - writes the files of this folder as C: cmake -DOUT=FILE.c -P embed.cmake
set(text "/* Made from filter/dashboard/page/ by embed.cmake. */\n#include \"page_parts.h\"\n")

# embed(NAME FILE...): the files one after the other, as the span NAME.
function(embed name)
  set(bytes "")
  foreach(file ${ARGN})
    file(READ ${CMAKE_CURRENT_LIST_DIR}/${file} hex HEX)
    string(APPEND bytes "${hex}")
  endforeach()
  string(LENGTH "${bytes}" length)
  math(EXPR length "${length} / 2")
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  set(text "${text}\nstatic const unsigned char ${name}_bytes[] = {${bytes}};\n\
const struct rua_span ${name} = {${name}_bytes, ${length}};\n" PARENT_SCOPE)
endfunction()

embed(page_template page.html)
embed(page_style style.css)
embed(page_script script.js chart.js choose.js)
file(WRITE ${OUT} "${text}")
