#include "host/sdk/detail/batch_norm.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "host/sdk/detail/batch_norm_loops.h"

namespace sslx::batch_norm {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A piece of work's values: three or four such arrays lie in the nearest cache.
constexpr int64_t kPieceValues = 4096;
constexpr int64_t kFewestRows = 32;

Shape shape_of(const Tensor& x) { return {x.numel() / x.size(1), x.size(1)}; }

/// Rows of values as the loops read them: bfloat16 is its bits.
template <typename T>
T* rows_of(const Tensor& x) {
  return x.defined() ? static_cast<T*>(x.data_ptr()) : nullptr;
}

template <typename T>
T* moved(T* from, int64_t values) {
  return from == nullptr ? nullptr : from + values;
}

int64_t piece_rows(Shape shape) { return std::max(kFewestRows, kPieceValues / shape.channels); }

int64_t piece_count(Shape shape) {
  const int64_t rows = piece_rows(shape);
  return (shape.rows + rows - 1) / rows;
}

/// `body(piece, first row, shape)` for every piece of the rows, some at a time.
template <typename Body>
void for_pieces(Shape shape, const Body& body) {
  const int64_t rows = piece_rows(shape);
  at::parallel_for(0, piece_count(shape), 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      const int64_t first = piece * rows;
      body(piece, first, Shape{std::min(rows, shape.rows - first), shape.channels});
    }
  });
}

/// Two sums a channel, added up over the pieces.
struct Sums {
  std::vector<double> first;
  std::vector<double> second;
};

/// `body(first row, shape, sums, other sums)` of every piece.
template <typename Body>
Sums sums_over(Shape shape, const Body& body) {
  const int64_t channels = shape.channels;
  const int64_t pieces = piece_count(shape);
  std::vector<float> parts(static_cast<size_t>(2 * pieces * channels));
  for_pieces(shape, [&](int64_t piece, int64_t first, Shape part) {
    float* const sums = parts.data() + 2 * piece * channels;
    body(first, part, sums, sums + channels);
  });
  Sums out{std::vector<double>(static_cast<size_t>(channels)),
           std::vector<double>(static_cast<size_t>(channels))};
  const float* part = parts.data();
  for (int64_t piece = 0; piece < pieces; ++piece) {
    for (double& sum : out.first) sum += *part++;
    for (double& sum : out.second) sum += *part++;
  }
  return out;
}

/// Mean and one over the deviation of each channel.
struct Statistics {
  std::vector<float> mean;
  std::vector<float> inverse;
};

template <typename T>
Statistics statistics(const Tensor& x, const State& state, const Options& options) {
  const Shape shape = shape_of(x);
  const auto channels = static_cast<size_t>(shape.channels);
  const T* const values = rows_of<T>(x);
  const Tensor pivot =
      torch::as_strided(x.detach(), {shape.channels}, {1}, x.storage_offset()).to(torch::kFloat32);
  const float* const pivots = pivot.const_data_ptr<float>();
  const Sums sums = sums_over(shape, [&](int64_t first, Shape part, float* sum, float* square) {
    moments(values + first * shape.channels, part, pivots, sum, square);
  });
  const auto count = static_cast<double>(shape.rows);
  Statistics out{std::vector<float>(channels), std::vector<float>(channels)};
  auto* const running_mean = state.running_mean.data_ptr<float>();
  auto* const running_var = state.running_var.data_ptr<float>();
  for (size_t c = 0; c < channels; ++c) {
    const double off = sums.first[c] / count;
    const double mean = pivots[c] + off;
    double variance = sums.second[c] / count - off * off;
    if (variance < 0) variance = 0;  // NaN stays.
    out.mean[c] = static_cast<float>(mean);
    out.inverse[c] = static_cast<float>(1 / std::sqrt(variance + options.eps));
    const double unbiased = variance * count / (count - 1);
    const auto move = [&](float& from, double to) {
      from = static_cast<float>((1 - options.momentum) * from + options.momentum * to);
    };
    move(running_mean[c], mean);
    move(running_var[c], unbiased);
  }
  return out;
}

/// norm(x) = x * scale + shift.
struct Factors {
  Factors(const Statistics& statistics, const Tensor& weight, const Tensor& bias)
      : scale(statistics.mean.size()), shift(statistics.mean.size()) {
    const float* const weights = weight.const_data_ptr<float>();
    const float* const biases = bias.const_data_ptr<float>();
    for (size_t c = 0; c < scale.size(); ++c) {
      scale[c] = weights[c] * statistics.inverse[c];
      shift[c] = biases[c] - statistics.mean[c] * scale[c];
    }
  }
  Affine affine(bool relu) const { return {scale.data(), shift.data(), relu}; }

  std::vector<float> scale;
  std::vector<float> shift;
};

Tensor as_tensor(const std::vector<double>& values) {
  return torch::tensor(values, torch::kFloat64).to(torch::kFloat32);
}

template <typename T>
struct Gradients {
  Gradients(const Seen<T>& of, Shape with, const Statistics& at, const Factors& by, bool is_relu)
      : seen(of), shape(with), statistics(at), factors(by), relu(is_relu) {}

  Seen<T> from(int64_t row) const {
    const int64_t at = row * shape.channels;
    return {seen.gradient + at, seen.x + at, moved(seen.y, at)};
  }

  /// With the means of the gradient and of its product with the normalised x taken out of it.
  void run(const Tensor& of_x, const Tensor& of_residual) {
    sums = sums_over(shape, [&](int64_t first, Shape part, float* sum, float* product) {
      gradient_sums(from(first), part, factors.affine(relu), statistics.mean.data(), sum, product);
    });
    const size_t channels = statistics.mean.size();
    std::vector<float> slope(channels);
    std::vector<float> offset(channels);
    const auto count = static_cast<double>(shape.rows);
    for (size_t c = 0; c < channels; ++c) {
      sums.second[c] *= statistics.inverse[c];  // Now of the normalised x.
      const double steep = -factors.scale[c] * sums.second[c] / count * statistics.inverse[c];
      slope[c] = static_cast<float>(steep);
      offset[c] = static_cast<float>(-factors.scale[c] * sums.first[c] / count -
                                     steep * statistics.mean[c]);
    }
    T* const to_x = rows_of<T>(of_x);
    T* const to_residual = rows_of<T>(of_residual);
    for_pieces(shape, [&](int64_t /*piece*/, int64_t first, Shape part) {
      const int64_t at = first * shape.channels;
      input_gradient(from(first), part, factors.affine(relu), {slope.data(), offset.data()},
                     to_x + at, moved(to_residual, at));
    });
  }

  Seen<T> seen;
  Shape shape;
  const Statistics& statistics;
  const Factors& factors;
  bool relu;
  Sums sums;
};

class Normalise : public torch::autograd::Function<Normalise> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& x, const Tensor& weight,
                        const Tensor& bias, const std::optional<Tensor>& residual,
                        const State& state, const Options& options) {
    return x.scalar_type() == torch::kBFloat16
               ? forward_of<uint16_t>(context, x, weight, bias, residual, state, options)
               : forward_of<float>(context, x, weight, bias, residual, state, options);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const bool half = context->get_saved_variables()[0].scalar_type() == torch::kBFloat16;
    return half ? backward_of<uint16_t>(context, gradients[0])
                : backward_of<float>(context, gradients[0]);
  }

 private:
  template <typename T>
  static Tensor forward_of(AutogradContext* context, const Tensor& x, const Tensor& weight,
                           const Tensor& bias, const std::optional<Tensor>& residual,
                           const State& state, const Options& options) {
    const Shape shape = shape_of(x);
    const Statistics found = statistics<T>(x, state, options);
    const Factors factors(found, weight, bias);
    const Tensor added = residual ? like(*residual, x) : Tensor();
    const Tensor y = torch::empty_like(x);
    for_pieces(shape, [&](int64_t /*piece*/, int64_t first, Shape part) {
      const int64_t at = first * shape.channels;
      transform(rows_of<T>(x) + at, moved(rows_of<T>(added), at), part,
                factors.affine(options.relu), rows_of<T>(y) + at);
    });
    // With a residual only y tells where ReLU let it through.
    const bool keep = residual && options.relu;
    const auto kept = [](const std::vector<float>& of) { return torch::tensor(of); };
    context->save_for_backward(
        {x, weight, bias, kept(found.mean), kept(found.inverse), keep ? y : Tensor()});
    context->saved_data["relu"] = options.relu;
    context->saved_data["residual"] = residual.has_value();
    return y;
  }

  template <typename T>
  static variable_list backward_of(AutogradContext* context, const Tensor& gradient) {
    const variable_list saved = context->get_saved_variables();
    const Tensor& x = saved[0];
    const auto values = [](const Tensor& of) {
      const float* const begin = of.const_data_ptr<float>();
      return std::vector<float>(begin, begin + of.numel());
    };
    const Statistics found{values(saved[3]), values(saved[4])};
    const Factors factors(found, saved[1], saved[2]);
    const bool relu = context->saved_data["relu"].toBool();
    const bool residual = context->saved_data["residual"].toBool();
    const Tensor of_y = like(gradient, x);
    Gradients<T> gradients({rows_of<T>(of_y), rows_of<T>(x), rows_of<T>(saved[5])}, shape_of(x),
                           found, factors, relu);
    const Tensor of_x = torch::empty_like(x);
    // Without ReLU the residual's gradient is y's.
    const Tensor of_residual = residual && relu ? torch::empty_like(x) : Tensor();
    gradients.run(of_x, of_residual);
    return {of_x,
            as_tensor(gradients.sums.second),
            as_tensor(gradients.sums.first),
            residual && !relu ? of_y : of_residual,
            Tensor(),
            Tensor()};
  }

  /// In the other's type and order.
  static Tensor like(const Tensor& tensor, const Tensor& other) {
    const auto order =
        other.dim() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    return tensor.to(other.scalar_type()).contiguous(order);
  }
};

bool in_rows(const Tensor& x) {
  if (x.dim() == 2) return x.is_contiguous();
  // Of images of one pixel or one channel every order is every other.
  return x.dim() == 4 && x.is_contiguous(torch::MemoryFormat::ChannelsLast);
}

}  // namespace

bool fits(const Tensor& x, const State& state) {
  const auto wide = [](const Tensor& of) {
    return of.defined() && of.scalar_type() == torch::kFloat32;
  };
  const bool type = x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16;
  return type && x.is_cpu() && in_rows(x) && x.size(1) % kLanes == 0 && x.numel() > x.size(1) &&
         wide(state.weight) && wide(state.bias) && wide(state.running_mean) &&
         wide(state.running_var);
}

Tensor normalise(const Tensor& x, const State& state, const std::optional<Tensor>& residual,
                 const Options& options) {
  return Normalise::apply(x, state.weight, state.bias, residual, state, options);
}

}  // namespace sslx::batch_norm
