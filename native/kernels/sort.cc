// Order along the last axis of the iteration space: sort, argsort, searchSorted. NaN counts as
// greater than every number; equal elements keep their order.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "../batch.h"
#include "../families.h"
#include "../kernel_table.h"

namespace adjoint {
namespace {

using std::int32_t;
using std::int64_t;

template <class T>
bool isNumber(T x) {
  return x == x;
}

template <class T>
struct Keyed {
  T key;
  int32_t index;
};

template <class T>
T keyOf(T x) {
  return x;
}
template <class T>
T keyOf(const Keyed<T>& x) {
  return x.key;
}

// NaN is set aside first, so that the comparisons are those of numbers.
template <class Iterator>
void sortStably(Iterator begin, Iterator end, bool descending) {
  if (descending) {
    const Iterator numbers =
        std::stable_partition(begin, end, [](const auto& x) { return !isNumber(keyOf(x)); });
    std::stable_sort(numbers, end,
                     [](const auto& a, const auto& b) { return keyOf(a) > keyOf(b); });
  } else {
    const Iterator rest =
        std::stable_partition(begin, end, [](const auto& x) { return isNumber(keyOf(x)); });
    std::stable_sort(begin, rest, [](const auto& a, const auto& b) { return keyOf(a) < keyOf(b); });
  }
}

template <class T>
void sortValues(const Call& call, Status&) {
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const int64_t inStride = call.operands[0].strides[last];
  const int64_t outStride = call.operands[1].strides[last];
  const bool descending = call.params[0] != 0;
  std::vector<T> line(static_cast<std::size_t>(n));
  forEachBatch<2>(call, last, [&](int64_t, const int64_t* offsets) {
    const T* x = call.operands[0].as<const T>() + offsets[0];
    T* out = call.operands[1].as<T>() + offsets[1];
    for (int64_t i = 0; i < n; ++i) line[static_cast<std::size_t>(i)] = x[i * inStride];
    sortStably(line.begin(), line.end(), descending);
    for (int64_t i = 0; i < n; ++i) out[i * outStride] = line[static_cast<std::size_t>(i)];
    return true;
  });
}

template <class T>
void sortIndices(const Call& call, Status&) {
  const int last = call.rank - 1;
  const int64_t n = call.dims[last];
  const int64_t inStride = call.operands[0].strides[last];
  const int64_t outStride = call.operands[1].strides[last];
  const bool descending = call.params[0] != 0;
  std::vector<Keyed<T>> line(static_cast<std::size_t>(n));
  forEachBatch<2>(call, last, [&](int64_t, const int64_t* offsets) {
    const T* x = call.operands[0].as<const T>() + offsets[0];
    int32_t* out = call.operands[1].as<int32_t>() + offsets[1];
    for (int64_t i = 0; i < n; ++i) {
      line[static_cast<std::size_t>(i)] = {x[i * inStride], static_cast<int32_t>(i)};
    }
    sortStably(line.begin(), line.end(), descending);
    for (int64_t i = 0; i < n; ++i) out[i * outStride] = line[static_cast<std::size_t>(i)].index;
    return true;
  });
}

template <class T>
bool before(T a, T b) {
  return a < b || (isNumber(a) && !isNumber(b));
}

// Dims end with the values' axis and the axis of the sorted elements. To the left of equal
// elements, or to the right of them.
template <class T>
void searchSorted(const Call& call, Status&) {
  const int r = call.rank;
  const int64_t m = call.dims[r - 2];
  const int64_t n = call.dims[r - 1];
  const int64_t sortedStride = call.operands[0].strides[r - 1];
  const int64_t valueStride = call.operands[1].strides[r - 2];
  const int64_t outStride = call.operands[2].strides[r - 2];
  const bool right = call.params[0] != 0;
  forEachBatch<3>(call, r - 2, [&](int64_t, const int64_t* offsets) {
    const T* sorted = call.operands[0].as<const T>() + offsets[0];
    const T* values = call.operands[1].as<const T>() + offsets[1];
    int32_t* out = call.operands[2].as<int32_t>() + offsets[2];
    for (int64_t i = 0; i < m; ++i) {
      const T value = values[i * valueStride];
      int64_t low = 0;
      int64_t high = n;
      while (low < high) {
        const int64_t middle = low + (high - low) / 2;
        const T element = sorted[middle * sortedStride];
        if (right ? !before(value, element) : before(element, value)) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      out[i * outStride] = static_cast<int32_t>(low);
    }
    return true;
  });
}

int indexable(const Call& call) {
  const int64_t n = call.dims[call.rank - 1];
  return n <= std::numeric_limits<int32_t>::max() ? kAccepted : kRefusedDims;
}

// Values and results rest on the axis of the sorted elements: they are there even if it is empty.
int searchable(const Call& call) {
  for (int operand = 1; operand < 3; ++operand) {
    if (call.operands[operand].strides[call.rank - 1] != 0) return operand;
  }
  return indexable(call);
}

template <class T>
void addFor(KernelTable& table) {
  constexpr DType kType = dtypeOf<T>();
  table.add(suffixed<T>("sort"), sortValues<T>, {kType}, {kType}, {.params = 1, .minRank = 1});
  table.add(suffixed<T>("argsort"), sortIndices<T>, {kType}, {DType::i32},
            {.params = 1, .minRank = 1, .layout = indexable});
  table.add(suffixed<T>("searchSorted"), searchSorted<T>, {kType, kType}, {DType::i32},
            {.params = 1, .minRank = 2, .layout = searchable});
}

}  // namespace

void registerSort(KernelTable& table) {
  addFor<float>(table);
  addFor<double>(table);
  addFor<int32_t>(table);
  addFor<Bool>(table);
}

}  // namespace adjoint
