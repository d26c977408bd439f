// Stands for the kernels of OpenBLAS that nothing here can call: see unreached_kernels.cmake.
#include <cstdlib>

extern "C" [[noreturn]] void adjoint_unreached();

extern "C" void adjoint_unreached() { std::abort(); }
