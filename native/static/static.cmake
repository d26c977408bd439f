# OpenBLAS, with LAPACK in it, as a part of the addon: nothing stays visible but Node-API's entry.

find_package(PkgConfig QUIET)
if(PkgConfig_FOUND)
  pkg_check_modules(OPENBLAS QUIET openblas)
endif()
find_library(ADJOINT_OPENBLAS_ARCHIVE NAMES libopenblas.a REQUIRED
  HINTS ${OPENBLAS_LIBDIR} ${OPENBLAS_LIBRARY_DIRS} PATH_SUFFIXES openblas-pthread openblas)
find_path(ADJOINT_CBLAS_INCLUDE cblas.h REQUIRED
  HINTS ${OPENBLAS_INCLUDE_DIRS} PATH_SUFFIXES openblas-pthread openblas)
find_package(Threads REQUIRED)

# C and Fortran throw nothing, and nothing is thrown through them: their tables for that are left out.
if(NOT CMAKE_OBJCOPY)
  message(FATAL_ERROR "a static build needs objcopy, of binutils")
endif()
set(ADJOINT_OPENBLAS_UNTHROWN "${CMAKE_CURRENT_BINARY_DIR}/libopenblas.a")
execute_process(COMMAND "${CMAKE_OBJCOPY}" --remove-section=.eh_frame --remove-section=.rela.eh_frame
  "${ADJOINT_OPENBLAS_ARCHIVE}" "${ADJOINT_OPENBLAS_UNTHROWN}" COMMAND_ERROR_IS_FATAL ANY)

target_include_directories(adjoint_blas SYSTEM INTERFACE "${ADJOINT_CBLAS_INCLUDE}")
target_link_libraries(adjoint_blas INTERFACE "${ADJOINT_OPENBLAS_UNTHROWN}" m Threads::Threads)
target_link_options(adjoint_blas INTERFACE
  LINKER:--exclude-libs,ALL
  "LINKER:--version-script=${CMAKE_CURRENT_LIST_DIR}/exports.map"
  LINKER:--wrap=pthread_atfork
  LINKER:--gc-sections
  -static-libgcc -static-libstdc++)

# The kernels for a few processors stand for all: others run the same instructions, tuned otherwise.
function(adjoint_stand_in kept)
  foreach(core ${ARGN})
    target_link_options(adjoint_blas INTERFACE
      "LINKER:--defsym=gotoblas_${core}=gotoblas_${kept}")
  endforeach()
endfunction()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  adjoint_stand_in(PRESCOTT
    KATMAI COPPERMINE NORTHWOOD BANIAS CORE2 PENRYN DUNNINGTON ATOM NANO NEHALEM
    ATHLON OPTERON OPTERON_SSE3 BARCELONA BOBCAT
    SANDYBRIDGE BULLDOZER PILEDRIVER STEAMROLLER EXCAVATOR)
  adjoint_stand_in(HASWELL ZEN)
  adjoint_stand_in(SKYLAKEX COOPERLAKE)
  include(${CMAKE_CURRENT_LIST_DIR}/unreached_kernels.cmake)
  adjoint_drop_unreached("${ADJOINT_OPENBLAS_ARCHIVE}" "PRESCOTT;HASWELL;SKYLAKEX")
endif()
