// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "Safetensors.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace apt
{

/** @brief The kinds of network that a model file may hold. */
enum class Architecture
{
  PointNet, ///< the published one (Yu et al., Acta Materialia 278 (2024) 120280), or one of its form
  MomentNet ///< sums of a fixed basis over the neighbours, layer upon layer; see MomentForm
};

/**
 * @brief The form of a MomentNet.
 *
 * Every ion carries a state. In each layer it sends its neighbours some channels of it, and each ion
 * sums what it is sent, weighted with Gaussians exp(−r²/2q²) of several widths q, each normalised to
 * a sum of 1 over the neighbours, times 1, cos(2πlz/a) and sin(2πlz/a), l = 1 … harmonics: the
 * *moments*. The widths fall by √2, so that each Gaussian is the square of the one before.
 *
 * With waveWindows, z is along the normal of the lattice planes, and the state of an ion begins with a
 * linear map of what LatticeWaves tells of it, one for each species, beside the embedding of its
 * species; what ions send in the first layer stays that of their species alone.
 */
struct MomentForm
{
  int widths = 5;           ///< Gaussians, 1 to 16
  double widestWidth = 3.2; ///< q of the widest, in lattice parameters
  int harmonics = 2;        ///< along z, 0 to 16
  int channels = 10;        ///< sent, 1 to 256
  int state = 32;           ///< numbers that an ion carries, 1 to 1024
  int hidden = 88;          ///< width of a layer's hidden one, 1 to 4096
  int layers = 4;           ///< 1 to 64; each is a block, with an answer after it
  int waveWindows = 0;      ///< of LatticeWaves, 0 to 8; 0: none, and z stays the axis of analysis
  double widestWindow =
    14; ///< W of the widest, in lattice parameters; each next one is half as wide

  /** @brief Functions of the basis. */
  int basisSize() const { return this->widths * (1 + 2 * this->harmonics); }
  /** @brief Numbers that go into a layer's dense part: moments, their squared amplitudes, their
   * products with the ion's own channels, logarithms of the sums of weights, the state. */
  int inputSize() const
  {
    return (2 * this->basisSize() + this->widths * this->harmonics) * this->channels +
      this->widths + this->state;
  }
  /** @brief Numbers that LatticeWaves tells of an ion. */
  int waveFeatures(std::size_t species) const
  {
    return 3 * this->waveWindows * static_cast<int>(species);
  }
};

/** @brief How a species becomes columns of the features. */
enum class SpeciesEncoding
{
  Code,  ///< one column: the species' place in Model::species, from 0
  OneHot ///< one column per species: 1 for the ion's own, 0 for the others
};

/** @brief What a network is told about an ion and one of its neighbours. */
enum class Feature
{
  OffsetX, ///< ion − neighbour, in lattice parameters; likewise y and z
  OffsetY,
  OffsetZ,
  NeighbourSpecies,
  OwnSpecies,
  NeighbourProbability, ///< the answer of the block before for the neighbour, 0 … 1
  OwnProbability        ///< and for the ion itself
};

/** @brief A species that a model knows, and the ions that count as it. */
struct Species
{
  std::string name;              ///< "Al"; "*": any ranged ion that no other species has
  std::vector<std::string> ions; ///< names of ions, as ranging gives them; empty for "*"
};

/**
 * @brief A trained network with all that is needed to apply it and to tell where it came from.
 *
 * Tensors are named as the modules of LibTorch name them, weights are [out, in]. A PointNet has
 * these, with B the number of the block from 1 and F its number of feature columns; every layer has
 * `weight` and `bias`, and with batch norm each one but `fc3` and `out` is followed by
 * `<layer>_bn` with `weight`, `bias`, `running_mean` and `running_var`, [out] each:
 *
 * | name                                            | in → out                        |
 * |-------------------------------------------------|---------------------------------|
 * | blockB.tnet1.conv1, conv2, conv3, fc1, fc2, fc3 | F, 32, 64, 128, 128, 64 → F²    |
 * | blockB.mlp1.conv1, conv2                        | F, 32 → 32                      |
 * | blockB.tnet2.conv1, conv2, conv3, fc1, fc2, fc3 | 32, 32, 64, 128, 128, 64 → 1024 |
 * | blockB.mlp2.conv1, conv2, conv3                 | 32, 32, 64 → 128                |
 * | blockB.head.fc1, fc2, out                       | 128, 128, 64 → 1                |
 *
 * A "conv" is a dense layer that is applied to every row, and its weight has two indices as well.
 *
 * A MomentNet has embedding.weight [state, species]; with wave windows waves.weight [state, species ×
 * waveFeatures], the part of an ion's own species to be used; and for each layer B, with I the size of its
 * input: blockB.send.weight and blockB.own.weight [channels, state]; blockB.norm (batch norm, four
 * tensors [I]); blockB.fc1 I → hidden, blockB.fc2 hidden → state, blockB.read state → 1.
 */
struct Model
{
  Architecture architecture = Architecture::PointNet;
  std::string alloy;            ///< for the user: "Al-Li-Mg"
  std::vector<Species> species; ///< in code order
  SpeciesEncoding encoding = SpeciesEncoding::Code;
  double latticeParameter = 0; ///< nm; the unit of the offsets
  int neighbourCount = 32;     ///< rows per ion, the ion itself included
  /** PointNet: one list per block, in the order of the columns. MomentNet: empty. */
  std::vector<std::vector<Feature>> features;
  MomentForm moments;             ///< without meaning for a PointNet
  double threshold = 0.5;         ///< suggested: ordered is what has at least this probability
  bool batchNorm = false;         ///< always true for a MomentNet
  double batchNormEpsilon = 1e-3; ///< added to the variance; without meaning without batch norm
  std::map<std::string, std::variant<double, std::string>> training; ///< parameters by name
  std::optional<std::uint64_t> seed;                  ///< of the training, where known
  std::map<std::string, std::vector<double>> metrics; ///< figures by name, one per block
  std::string licence;         ///< of the weights: an SPDX name or a sentence
  std::vector<Tensor> tensors; ///< those of tensorsOf, in its order

  /** @brief The number of blocks. */
  std::size_t blockCount() const
  {
    return this->architecture == Architecture::MomentNet
      ? static_cast<std::size_t>(this->moments.layers)
      : this->features.size();
  }

  /** @brief The number of feature columns of a block of a PointNet, which counts from 1. */
  std::size_t columnCount(std::size_t block) const;

  /**
   * @brief The code of the species that ions of this name count as; −1 where it is none.
   *
   * Unranged ions have no name and are no species, not even "*".
   */
  int codeOf(const std::string& ion) const;

  /** @brief The tensor of that name. @throws ParameterError where there is none */
  const Tensor& tensor(const std::string& name) const;
};

/** @brief Names and shapes of the tensors that a model of these features must have, in file order. */
std::vector<TensorDescription> tensorsOf(const Model& model);

/** @brief Tells weights from others. */
std::string weightsFingerprint(const Model& model);

/**
 * @brief Throws where a model of this form cannot begin with the weights of another.
 *
 * That must be of the same architecture and form, with as many species, which take each other's places in
 * order: what has learnt how Cu and Au alternate may begin to learn how Fe and Pt do. Wave windows that it
 * has none of may be new, a PointNet may leave out later blocks, and neighbours, lattice parameter and
 * all that is said about it may be others.
 * @param initial a model that requireSound accepts
 * @throws ParameterError
 */
void requireCanBeginWith(const Model& form, const Model& initial);

/**
 * @brief Throws where a model is not fit for use.
 * @throws ParameterError for: no species, more than 64, two of one name or with one ion; a lattice
 * parameter outside 0 … 10 nm; a number of neighbours outside 1 … 256; no block, more than 64; a
 * block without features, with one twice, or a first block that asks for the block before; a form
 * of MomentNet out of bounds, with features or without batch norm; a
 * threshold outside 0 … 1; figures that are not finite or not one per block; no licence; tensors
 * that are not those of tensorsOf, have values that are not finite, or negative variances
 */
void requireSound(const Model& model);

/** @brief Throws as requireSound does, but looks at no tensors: for a model that is to be trained. */
void requireSoundForm(const Model& model);

/**
 * @brief Reads a model file: safetensors with metadata, nothing of which is executed.
 *
 * Metadata are texts; what has parts is JSON in them: format ("AtomProbe model"), format_version
 * (1), architecture (PointNet, MomentNet), alloy, species ([{"ions":[…],"name":…}, …]), species_encoding ("code" or
 * "one-hot"), lattice_parameter_nm, neighbours, blocks, features (a list of names per block:
 * offset_x …, neighbour_species, own_species, neighbour_probability, own_probability; none for a
 * MomentNet), moments (MomentNet only: an object with the members of MomentForm, wave_windows and
 * widest_window only where there are any), threshold,
 * batch_norm, batch_norm_epsilon (with batch norm only), training, seed (may be missing), metrics,
 * licence. Others are passed over. The order of the tensors in the file does not matter.
 * @return a model that requireSound accepts
 * @throws FileError with what was found and what was expected
 */
Model readModel(const std::string& path);

/**
 * @brief Writes a model file; equal models give equal bytes, as does a model that was read.
 * @throws ParameterError as requireSound does
 * @throws FileError where the file cannot be written; nothing is left behind then
 */
void writeModel(const std::string& path, const Model& model);

} // namespace apt
