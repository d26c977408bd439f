// Looks for a value outside of a range. It fails nothing: whoever asked reads the status.
#include "../families.h"
#include "../kernel_table.h"
#include "strided_loop.h"

namespace adjoint {
namespace {

// The first value (info) that is not between the two parameters, and where (an rcond of 0 there).
template <class T>
void outside(const Call& call, Status& status) {
  constexpr std::int64_t kSizes[] = {sizeof(T)};
  const double least = call.params[0];
  const double greatest = call.params[1];
  visitInOrder<1>(call, kSizes, [&](std::int64_t flat, char* const* at) {
    const auto value = static_cast<double>(*reinterpret_cast<const T*>(at[0]));
    const bool good = value >= least && value <= greatest;
    if (!good) {
      status.info = value;
      status.measure(0, flat);
    }
    return good;
  });
}

template <class T>
void addFor(KernelTable& table) {
  table.add(suffixed<T>("outside"), outside<T>, {dtypeOf<T>()}, {}, {.params = 2});
}

}  // namespace

void registerRange(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
  addFor<std::int32_t>(table);
}

}  // namespace adjoint
