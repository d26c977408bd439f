// The question of gauge.h: dims [...batch, n, n]; w [n], x [n, n], c [n]. Nothing is written but
// the status.
#include "gauge.h"

#include "../batch.h"
#include "../families.h"
#include "../kernel_table.h"

namespace adjoint {
namespace {

using std::int64_t;

template <class T>
void gauge(const Call& call, Status& status) {
  const int r = call.rank;
  const Gauge asked{static_cast<GaugeAnswer>(static_cast<int>(call.params[0])),
                    static_cast<GaugeQuestion>(static_cast<int>(call.params[1])), call.params[2],
                    call.params[3]};
  const Operand& w = call.operands[0];
  const Operand& x = call.operands[1];
  const Operand& c = call.operands[2];
  forEachBatch<3>(call, r - 2, [&](int64_t flat, const int64_t* offsets) {
    Spectrum<T> spectrum({call.dims[r - 1], w.as<const T>() + offsets[0], w.strides[r - 1],
                          x.as<const T>() + offsets[1], x.strides[r - 2], x.strides[r - 1],
                          c.as<const T>() + offsets[2], c.strides[r - 1]},
                         asked);
    return spectrum.ask(flat, status);
  });
}

int layout(const Call& call) {
  if (call.dims[call.rank - 1] != call.dims[call.rank - 2]) return kRefusedDims;
  for (int operand : {0, 2}) {
    if (call.operands[operand].strides[call.rank - 2] != 0) return operand;
  }
  const bool known = (call.params[0] == 0 || call.params[0] == 1) && call.params[1] >= 0 &&
                     call.params[1] < 4 && call.params[2] >= 0 && call.params[3] >= 0;
  return known ? kAccepted : kRefusedParams;
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("gauge"), gauge<T>, {kType, kType, kType}, {},
            {.params = 5, .minRank = 2, .layout = layout});
}

}  // namespace

void registerGauge(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
}

}  // namespace adjoint
