# SPDX-License-Identifier: Apache-2.0
#
# cmake -DOBJECTS=<list> -DOUT_DIR=<dir> -DEXT=<ext> -P ObjectCopyUtil.cmake
#
# Copies objects, dropping both extensions of their names: a/kernel.cu.o becomes <dir>/kernel.<ext>.
# Without OUT_DIR each copy goes beside its object.
string(REPLACE "\"" "" OBJECTS "${OBJECTS}")
foreach(object IN LISTS OBJECTS)
  get_filename_component(name "${object}" NAME_WE)
  if(OUT_DIR)
    set(directory "${OUT_DIR}")
  else()
    get_filename_component(directory "${object}" DIRECTORY)
  endif()
  configure_file("${object}" "${directory}/${name}.${EXT}" COPYONLY)
endforeach()
