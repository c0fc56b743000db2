// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ModelFile.h"
#include "Progress.h"

#include <cstddef>
#include <vector>

namespace apt
{

/**
 * @brief One block of a PointNet, written down plainly and in double precision: what every faster
 * implementation has to agree with.
 *
 * Layer by layer as published (Yu et al., Acta Materialia 278 (2024) 120280, with the network of
 * C. R. Qi, H. Su, K. Mo, L. J. Guibas, PointNet, CVPR 2017, arXiv:1612.00593); batch norm uses the
 * running statistics, dropout does nothing. About 1.3 million multiply-adds per ion for 32 rows.
 *
 * The ions are shared among all cores; the answer is the same for any number of them.
 * @param model    a PointNet
 * @param block    from 1, as in the names of the tensors
 * @param features for each ion model.neighbourCount rows (the ion itself and its neighbours, in any
 *                 order) of model.columnCount(block) columns, the columns running fastest
 * @return for each ion the probability, 0 … 1, that it belongs to an ordered domain
 * @throws ParameterError as requireSound does, where the model has no such block, or where the
 * number of features is not a multiple of an ion's
 * @throws Stopped when progress answers false
 */
std::vector<double> pointNetReference(const Model& model, std::size_t block,
  const std::vector<float>& features, const Progress& progress = {});

} // namespace apt
