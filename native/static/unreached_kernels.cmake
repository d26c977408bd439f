# OpenBLAS's table of a processor names every kernel that there is for it. The drivers that would call these are not
# linked (`npm run prebuild` refuses a binary that has one), so one function that ends the process stands for them all.
set(ADJOINT_UNREACHED
  "[cz]trsm" "[cz](ge|sy|he)mm3m" "([sdcz]sy|[cz]he)mm" "[cz](he|sy)mv" "[sdcz][oi]matcopy" "[sdcz]geadd")

function(adjoint_drop_unreached archive cores)
  string(REPLACE ";" "|" families "${ADJOINT_UNREACHED}")
  string(REPLACE ";" "|" cores "${cores}")
  execute_process(COMMAND "${CMAKE_NM}" --defined-only --format=posix "${archive}"
    OUTPUT_VARIABLE names ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "\n(${families})_[^ \n]*_(${cores}) " names "${names}")
  foreach(name ${names})
    string(STRIP "${name}" name)
    string(APPEND assignments "${name} = adjoint_unreached;\n")
  endforeach()
  set(script "${CMAKE_CURRENT_BINARY_DIR}/unreached_kernels.ld")
  file(WRITE "${script}" "${assignments}")
  target_link_libraries(adjoint_blas INTERFACE "${script}")
endfunction()
