// Bytes become a call frame over buffers that are just large enough, or too small: whatever the
// door lets pass must stay inside of them, and must not write its inputs. Addresses are the
// library's own and always true; shapes, strides, offsets, lengths and parameters are not.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "contents.h"
#include "encoded_numbers.h"
#include "instruction.h"
#include "kernel_table.h"
#include "parallel.h"

namespace adjoint::fuzz {
namespace {

// A large extent with strides of 0 is a valid instruction that takes for ever.
constexpr double kMostElements = 1 << 14;
constexpr double kMostBytes = 1 << 18;
constexpr std::uint8_t kFlatTag = 255;
constexpr std::uint8_t kOddRankTag = 254;

struct Buffer {
  std::unique_ptr<char[]> data;
  std::vector<char> before;  // of an input
  std::size_t size = 0;
};

// How an operand lies in memory.
enum class Placement : std::uint8_t {
  exact,      // a buffer of its own, which ends where the operand does
  loose,      // a small buffer of its own; the offset is anything
  shared,     // the buffer of the operand before it
  claimed,    // as exact, with a length that is anything but too large
  nowhere,    // no buffer
  unaligned,  // as exact, one byte further on
};
constexpr int kPlacements = 6;

[[noreturn]] void complain(const Kernel& kernel, const char* what) {
  std::fprintf(stderr, "%s: %s\n", kernel.name.c_str(), what);
  std::abort();
}

class Frame {
 public:
  explicit Frame(EncodedNumbers& input) : input_(input), slots_(new double[kFrameSlots]()) {}

  void run() {
    const auto& kernels = kernelTable().all();
    std::size_t id = input_.byte();
    id = (id << 8U | input_.byte()) % (kernels.size() + 1);
    slots_[slot::kKernel] = static_cast<double>(id);
    const Kernel& kernel = kernels[std::min(id, kernels.size() - 1)];
    contents_ = input_.byte();
    readRank();
    double elements = 1;
    for (int axis = 0; axis < rank_; ++axis) {
      const double dim = input_.number();
      *at_++ = dim;
      if (dim > 1) elements *= dim;
    }
    for (int i = 0; i < kernel.operandCount; ++i) place(kernel, i);
    for (int i = 0; i < kernel.paramCount; ++i) *at_++ = input_.number();
    if (elements > kMostElements && elements <= kMostCount) return;
    execute(slots_.get());
    check(kernel);
  }

 private:
  static constexpr double kMostCount = 9007199254740992.0;

  void readRank() {
    const std::uint8_t tag = input_.byte();
    flat_ = tag == kFlatTag;
    double rank = flat_ ? kFlat : tag % 8;
    if (tag == kOddRankTag) rank = input_.number();
    slots_[slot::kRank] = rank;
    rank_ = flat_ ? 1 : static_cast<int>(rank >= 0 && rank <= kMaxRank ? rank : 0);
    dims_ = slots_.get() + slot::kDims;
    at_ = dims_;
  }

  // The elements that an operand reaches, and where the first lies; 0 if that is out of all bounds.
  double reach(const double* strides, double& low) const {
    double high = 0;
    low = 0;
    for (int axis = 0; axis < rank_; ++axis) {
      const double stride = flat_ ? 1 : strides[axis];
      const double distance = (dims_[axis] - 1) * stride;
      if (!(std::abs(distance) <= kMostBytes)) return 0;
      if (dims_[axis] <= 0 && stride != 0) return 0;
      (distance < 0 ? low : high) += distance;
    }
    return high - low + 1;
  }

  void place(const Kernel& kernel, int operand) {
    const std::uint8_t tag = input_.byte();
    const auto placement = static_cast<Placement>(tag % kPlacements);
    const double odd = placement == Placement::loose || placement == Placement::shared ||
                               placement == Placement::claimed
                           ? input_.number()
                           : 0;
    double* slots = at_;
    double* strides = slots + 3;
    if (!flat_) {
      for (int axis = 0; axis < rank_; ++axis) strides[axis] = input_.number();
    }
    at_ += flat_ ? 3 : 3 + rank_;

    const auto item = static_cast<std::size_t>(kernel.itemSizes[operand]);
    double low = 0;
    const double count = std::min(reach(strides, low), kMostBytes);
    Buffer& buffer = buffers_[operand];
    if (placement == Placement::nowhere) return;
    if (placement == Placement::shared && previous_ != nullptr) {
      slots[0] = previous_[0];
      slots[1] = previous_[1];
      slots[2] = odd;
      return;
    }
    previous_ = slots;
    const bool loose = placement == Placement::loose || placement == Placement::shared;
    const std::size_t skip = placement == Placement::unaligned ? 1 : 0;
    buffer.size = (loose ? tag : static_cast<std::size_t>(count) * item) + skip;
    buffer.data.reset(new char[buffer.size]);
    const double dim = rank_ > 0 ? dims_[rank_ - 1] : 1;
    Contents(static_cast<std::uint8_t>(contents_ + operand * 8))
        .fill(buffer.data.get(), buffer.size, kernel.dtypes[operand],
              dim > 0 && dim < kMostElements ? static_cast<std::int64_t>(dim) + 1 : 1);
    buffer.before.assign(buffer.data.get(), buffer.data.get() + buffer.size);
    slots[0] = static_cast<double>(reinterpret_cast<std::uintptr_t>(buffer.data.get()) + skip);
    slots[1] = static_cast<double>(buffer.size - skip);
    if (placement == Placement::claimed && !(odd > slots[1])) slots[1] = odd;
    slots[2] = loose ? odd : -low;
  }

  void check(const Kernel& kernel) const {
    const double status = slots_[slot::kStatus];
    if (!(status >= 0 && status <= static_cast<double>(Code::noValue))) {
      complain(kernel, "a status that is none");
    }
    const int inputs = kernel.operandCount - kernel.outputCount;
    for (int i = 0; i < inputs; ++i) {
      const Buffer& buffer = buffers_[i];
      if (!sharedWithOutput(i, kernel) &&
          !std::equal(buffer.before.begin(), buffer.before.end(), buffer.data.get())) {
        complain(kernel, "an input that was written");
      }
    }
  }

  // Operands that lie in the buffer of the one before them have none of their own.
  bool sharedWithOutput(int input, const Kernel& kernel) const {
    int last = input;
    while (last + 1 < kernel.operandCount && buffers_[last + 1].size == 0) ++last;
    return last >= kernel.operandCount - kernel.outputCount;
  }

  EncodedNumbers& input_;
  std::unique_ptr<double[]> slots_;
  Buffer buffers_[kMaxOperands];
  std::uint8_t contents_ = 0;
  bool flat_ = false;
  int rank_ = 0;
  double* dims_ = nullptr;
  double* at_ = nullptr;
  double* previous_ = nullptr;
};

}  // namespace
}  // namespace adjoint::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  adjoint::fuzz::EncodedNumbers input(data, size);
  adjoint::fuzz::Frame(input).run();
  return 0;
}
