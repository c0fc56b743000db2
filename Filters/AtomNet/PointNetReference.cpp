// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "PointNetReference.h"

#include "Error.h"
#include "ParallelFor.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace apt
{

namespace
{
/** Rows of equal length, one after the other. */
struct Matrix
{
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;

  Matrix(std::size_t rowCount, std::size_t columnCount)
    : rows(rowCount)
    , columns(columnCount)
    , values(rowCount * columnCount)
  {
  }

  double* row(std::size_t index) { return this->values.data() + index * this->columns; }
  const double* row(std::size_t index) const { return this->values.data() + index * this->columns; }
};

/** left · right. Zeros of the left one, half of what a ReLU gives, cost nothing. */
Matrix product(const Matrix& left, const Matrix& right)
{
  Matrix result(left.rows, right.columns);
  for (std::size_t i = 0; i < left.rows; ++i)
  {
    double* sums = result.row(i);
    for (std::size_t j = 0; j < left.columns; ++j)
    {
      const double factor = left.row(i)[j];
      if (factor == 0)
      {
        continue;
      }
      const double* terms = right.row(j);
      for (std::size_t k = 0; k < right.columns; ++k)
      {
        sums[k] += factor * terms[k];
      }
    }
  }
  return result;
}

/** The largest of each column, as one row. */
Matrix maximumOverRows(const Matrix& matrix)
{
  Matrix result(1, matrix.columns);
  for (std::size_t k = 0; k < matrix.columns; ++k)
  {
    double largest = matrix.row(0)[k];
    for (std::size_t i = 1; i < matrix.rows; ++i)
    {
      const double value = matrix.row(i)[k];
      // NaN is larger than any number here: it must not vanish.
      largest = value > largest || std::isnan(value) ? value : largest;
    }
    result.row(0)[k] = largest;
  }
  return result;
}

std::vector<double> valuesOf(const Model& model, const std::string& name)
{
  const std::vector<float>& values = model.tensor(name).values;
  return { values.begin(), values.end() };
}

/** A dense layer, the same for every row, without what comes after it. */
class Dense
{
public:
  Dense(const Model& model, const std::string& name)
    : Weight(0, 0)
    , Bias(valuesOf(model, name + ".bias"))
  {
    // The file has [out, in]; the rows that it multiplies stand on the left.
    const Tensor& weight = model.tensor(name + ".weight");
    this->Weight = Matrix(weight.shape[1], weight.shape[0]);
    for (std::size_t out = 0; out < this->Weight.columns; ++out)
    {
      for (std::size_t in = 0; in < this->Weight.rows; ++in)
      {
        this->Weight.row(in)[out] = weight.values[out * this->Weight.rows + in];
      }
    }
  }

  Matrix operator()(const Matrix& input) const
  {
    Matrix output = product(input, this->Weight);
    for (std::size_t i = 0; i < output.rows; ++i)
    {
      for (std::size_t k = 0; k < output.columns; ++k)
      {
        output.row(i)[k] += this->Bias[k];
      }
    }
    return output;
  }

private:
  Matrix Weight;
  std::vector<double> Bias;
};

/** A dense layer, batch norm where the model has it, ReLU. */
class ReluLayer
{
public:
  ReluLayer(const Model& model, const std::string& name)
    : Linear(model, name)
    , BatchNorm(model.batchNorm)
  {
    if (this->BatchNorm)
    {
      this->Scale = valuesOf(model, name + "_bn.weight");
      this->Shift = valuesOf(model, name + "_bn.bias");
      this->Mean = valuesOf(model, name + "_bn.running_mean");
      for (const double variance : valuesOf(model, name + "_bn.running_var"))
      {
        this->Deviation.push_back(std::sqrt(variance + model.batchNormEpsilon));
      }
    }
  }

  Matrix operator()(const Matrix& input) const
  {
    Matrix output = this->Linear(input);
    for (std::size_t i = 0; i < output.rows; ++i)
    {
      double* row = output.row(i);
      for (std::size_t k = 0; k < output.columns; ++k)
      {
        if (this->BatchNorm)
        {
          row[k] = (row[k] - this->Mean[k]) / this->Deviation[k] * this->Scale[k] + this->Shift[k];
        }
        row[k] = std::max(row[k], 0.0);
      }
    }
    return output;
  }

private:
  Dense Linear;
  bool BatchNorm;
  std::vector<double> Scale;
  std::vector<double> Shift;
  std::vector<double> Mean;
  std::vector<double> Deviation;
};

/** Finds from all rows the matrix that each of them is multiplied with. */
class TransformNet
{
public:
  TransformNet(const Model& model, const std::string& name)
    : Conv1(model, name + ".conv1")
    , Conv2(model, name + ".conv2")
    , Conv3(model, name + ".conv3")
    , Fc1(model, name + ".fc1")
    , Fc2(model, name + ".fc2")
    , Fc3(model, name + ".fc3")
  {
  }

  Matrix operator()(const Matrix& input) const
  {
    const Matrix pooled = maximumOverRows(this->Conv3(this->Conv2(this->Conv1(input))));
    Matrix transform = this->Fc3(this->Fc2(this->Fc1(pooled)));
    transform.rows = input.columns;
    transform.columns = input.columns;
    return product(input, transform);
  }

private:
  ReluLayer Conv1;
  ReluLayer Conv2;
  ReluLayer Conv3;
  ReluLayer Fc1;
  ReluLayer Fc2;
  Dense Fc3;
};

class Block
{
public:
  Block(const Model& model, const std::string& name)
    : TNet1(model, name + ".tnet1")
    , Mlp1Conv1(model, name + ".mlp1.conv1")
    , Mlp1Conv2(model, name + ".mlp1.conv2")
    , TNet2(model, name + ".tnet2")
    , Mlp2Conv1(model, name + ".mlp2.conv1")
    , Mlp2Conv2(model, name + ".mlp2.conv2")
    , Mlp2Conv3(model, name + ".mlp2.conv3")
    , HeadFc1(model, name + ".head.fc1")
    , HeadFc2(model, name + ".head.fc2")
    , HeadOut(model, name + ".head.out")
  {
  }

  /** The probability from the rows of one ion. */
  double operator()(const Matrix& rows) const
  {
    const Matrix local = this->Mlp1Conv2(this->Mlp1Conv1(this->TNet1(rows)));
    const Matrix wide = this->Mlp2Conv3(this->Mlp2Conv2(this->Mlp2Conv1(this->TNet2(local))));
    const Matrix pooled = maximumOverRows(wide);
    const Matrix logit = this->HeadOut(this->HeadFc2(this->HeadFc1(pooled)));
    return 1 / (1 + std::exp(-logit.values[0]));
  }

private:
  TransformNet TNet1;
  ReluLayer Mlp1Conv1;
  ReluLayer Mlp1Conv2;
  TransformNet TNet2;
  ReluLayer Mlp2Conv1;
  ReluLayer Mlp2Conv2;
  ReluLayer Mlp2Conv3;
  ReluLayer HeadFc1;
  ReluLayer HeadFc2;
  Dense HeadOut;
};
} // namespace

std::vector<double> pointNetReference(const Model& model, std::size_t block,
  const std::vector<float>& features, const Progress& progress)
{
  requireSound(model);
  const std::size_t columns = model.columnCount(block);
  const std::size_t rows = static_cast<std::size_t>(model.neighbourCount);
  if (features.size() % (rows * columns) != 0)
  {
    throw ParameterError("the number of features", std::to_string(features.size()),
      "a multiple of " + std::to_string(rows) + " rows × " + std::to_string(columns) + " columns");
  }
  const Block network(model, "block" + std::to_string(block));

  std::vector<double> probabilities(features.size() / (rows * columns));
  constexpr std::size_t grain = 16;
  parallelFor(
    probabilities.size(), grain,
    [&](std::size_t begin, std::size_t end)
    {
      Matrix input(rows, columns);
      for (std::size_t ion = begin; ion < end; ++ion)
      {
        std::copy_n(features.data() + ion * rows * columns, rows * columns, input.values.begin());
        probabilities[ion] = network(input);
      }
    },
    progress);
  return probabilities;
}

} // namespace apt
