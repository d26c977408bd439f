// Whether a derivative depends on the basis that was chosen inside a cluster of equal eigenvalues:
// dims [...batch, n, n]; w [n], x [n, n], c [n]. Nothing is written but the status.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "../batch.h"
#include "../families.h"
#include "../kernel_table.h"

namespace adjoint {
namespace {

using std::int64_t;

// What is asked of x in the basis of eigenvectors; parameter 1.
enum class Question {
  cotangent,  // of the vectors: x = Vᵀ V̅, c the cotangent of the values
  weights,    // of the values: Σ c_i v_i v_iᵀ along x
  curvature,  // the same where c moves too, nobody knows how inside a cluster
  tangent,    // of the vectors along x
};

// Parameter 0.
enum class Answer { fail, note };

struct Finding {
  double defect = 0;
  int64_t i = 0;
  int64_t j = 0;

  void take(double found, int64_t row, int64_t column) {
    if (found <= defect) return;
    defect = found;
    i = row;
    j = column;
  }
};

template <class T>
class Spectrum {
 public:
  Spectrum(const Call& call, const int64_t* offsets)
      : n_(call.dims[call.rank - 1]),
        w_(call.operands[0].as<const T>() + offsets[0]),
        x_(call.operands[1].as<const T>() + offsets[1]),
        c_(call.operands[2].as<const T>() + offsets[2]),
        wStride_(call.operands[0].strides[call.rank - 1]),
        row_(call.operands[1].strides[call.rank - 2]),
        column_(call.operands[1].strides[call.rank - 1]),
        cStride_(call.operands[2].strides[call.rank - 1]),
        closeness_(call.params[2]),
        negligible_(call.params[3]) {
    for (int64_t i = 0; i < n_; ++i) {
      largestValue_ = std::max(largestValue_, std::abs(w(i)));
      largestWeight_ = std::max(largestWeight_, std::abs(c(i)));
    }
  }

  double gap(int64_t i, int64_t j) const { return std::abs(w(i) - w(j)); }
  bool together(int64_t i, int64_t j) const { return gap(i, j) <= closeness_ * largestValue_; }

  bool anyTogether() const {
    for (int64_t i = 0; i < n_; ++i) {
      if (shares(i)) return true;
    }
    return false;
  }

  bool everyoneTogether() const {
    for (int64_t i = 0; i < n_; ++i) {
      if (!shares(i)) return false;
    }
    return true;
  }

  Finding worst(Question question) {
    for (int64_t i = 0; i < n_; ++i) {
      for (int64_t j = 0; j < n_; ++j) largest_ = std::max(largest_, std::abs(x(i, j)));
    }
    Finding finding;
    for (int64_t i = 0; i < n_; ++i) {
      for (int64_t j = i + 1; j < n_; ++j) {
        if (together(i, j)) finding.take(defect(question, i, j), i, j);
      }
    }
    return finding;
  }

 private:
  double w(int64_t i) const { return static_cast<double>(w_[i * wStride_]); }
  double c(int64_t i) const { return static_cast<double>(c_[i * cStride_]); }
  double x(int64_t i, int64_t j) const { return static_cast<double>(x_[i * row_ + j * column_]); }
  double counted(double value, double scale) const {
    return value > negligible_ * scale ? value : 0;
  }

  double defect(Question question, int64_t i, int64_t j) const {
    const double twist = counted(std::abs(x(i, j) - x(j, i)) / 2, largest_);
    const double stretch = counted(std::abs(x(i, j) + x(j, i)) / 2, largest_);
    const double weight = std::max(std::abs(c(i)), std::abs(c(j)));
    const double contrast = counted(std::abs(c(i) - c(j)), largestWeight_);
    switch (question) {
      case Question::cotangent:
        // With a weight on the values as well the limit of twist / gap is not 0 but unknown.
        if (twist > 0 || weight == 0) return twist;
        return contrast > 0 && touched(i, j) ? contrast : stretch;
      case Question::weights:
        return contrast > 0 ? stretch : 0;
      case Question::curvature:
      case Question::tangent:
        return stretch;
    }
    return 0;
  }

  // Whether another value equals this one.
  bool shares(int64_t i) const {
    for (int64_t j = 0; j < n_; ++j) {
      if (j != i && together(i, j)) return true;
    }
    return false;
  }

  // Whether the vectors i and j enter at all.
  bool touched(int64_t i, int64_t j) const {
    for (int64_t k = 0; k < n_; ++k) {
      if (x(k, i) != 0 || x(k, j) != 0) return true;
    }
    return false;
  }

  int64_t n_;
  const T *w_, *x_, *c_;
  int64_t wStride_, row_, column_, cStride_;
  double closeness_;
  double negligible_;
  double largestValue_ = 0;
  double largestWeight_ = 0;
  double largest_ = 0;
};

template <class T>
void gauge(const Call& call, Status& status) {
  const auto answer = static_cast<Answer>(static_cast<int>(call.params[0]));
  const auto question = static_cast<Question>(static_cast<int>(call.params[1]));
  forEachBatch<3>(call, call.rank - 2, [&](int64_t flat, const int64_t* offsets) {
    Spectrum<T> spectrum(call, offsets);
    if (!spectrum.anyTogether()) return true;
    const Finding found = spectrum.worst(question);
    if (found.defect == 0) return true;
    const int64_t where = found.i * call.dims[call.rank - 1] + found.j;
    // Forward mode does not see the loss: some may speak of simple eigenvalues alone, where there
    // are any.
    const bool open = question == Question::tangent && !spectrum.everyoneTogether();
    const bool refused = answer == Answer::fail && !open;
    status.info = static_cast<double>(refused ? where : -where - 1);
    status.batch = static_cast<double>(flat);
    status.rcond = spectrum.gap(found.i, found.j);
    status.rcondBatch = found.defect;
    return false;
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
