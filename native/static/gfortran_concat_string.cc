// The one symbol of libgfortran that LAPACK's drivers need (`CHAR1 // CHAR2`): with it no Fortran
// runtime is linked.
#include <algorithm>
#include <cstddef>
#include <cstring>

extern "C" void _gfortran_concat_string(std::size_t length, char* target, std::size_t firstLength,
                                        const char* first, std::size_t secondLength,
                                        const char* second) {
  const std::size_t head = std::min(length, firstLength);
  std::memcpy(target, first, head);
  const std::size_t tail = std::min(length - head, secondLength);
  std::memcpy(target + head, second, tail);
  std::memset(target + head + tail, ' ', length - head - tail);
}
