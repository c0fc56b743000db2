// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkIonShuffle.h"

#include "vtkGatheredIons.h"
#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"

#include "IonShuffle.h"

#include "vtkDataArray.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPolyData.h"

#include <memory>

vtkStandardNewMacro(vtkIonShuffle);

vtkIonShuffle::vtkIonShuffle() = default;
vtkIonShuffle::~vtkIonShuffle() = default;

int vtkIonShuffle::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPolyData");
  return 1;
}

int vtkIonShuffle::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkPolyData* input = vtkPolyData::GetData(inputVector[0]);
  vtkPolyData* output = vtkPolyData::GetData(outputVector);
  aptvtk::reportErrors(this,
    [&]
    {
      const aptvtk::Ranks ranks;
      const auto size = static_cast<std::size_t>(input->GetNumberOfPoints());
      const std::int16_t* ion = nullptr;
      const float* mass = nullptr;
      vtkSmartPointer<vtkDataArray> keptIon;
      vtkSmartPointer<vtkDataArray> keptMass;
      vtkSmartPointer<vtkDataArray> newIon;
      vtkSmartPointer<vtkDataArray> newMass;
      std::vector<std::int32_t> classes;
      // Where a rank with ions has no ratios, none are shuffled.
      const bool hasMass =
        ranks.least(size == 0 || input->GetPointData()->HasArray(apt::arrayName::MassToCharge)) > 0;
      ranks.together(
        [&]
        {
          keptIon = aptvtk::ionOf(input, ion);
          newIon = aptvtk::newArray(
            { apt::arrayName::Ion, "", apt::ValueType::Int16, 1 }, input->GetNumberOfPoints());
          if (hasMass)
          {
            keptMass = aptvtk::massToChargeOf(input, mass);
            newMass =
              aptvtk::newArray({ apt::arrayName::MassToCharge, "Da", apt::ValueType::Float32, 1 },
                input->GetNumberOfPoints());
          }
          if (this->WithinClasses)
          {
            const aptvtk::BorrowedIonCloud cloud(input);
            classes = aptvtk::classesOf(cloud.view(), this->ClassArray);
          }
        });

      apt::IonShuffleOptions options;
      options.seed = static_cast<std::uint64_t>(this->Seed);
      options.shuffleUnranged = this->ShuffleUnranged;
      const apt::Progress progress = aptvtk::progressOf(this);
      const auto shuffle = [&](std::size_t ions, const std::int16_t* fromIon, const float* fromMass,
                             void* toIon, void* toMass)
      {
        const std::vector<std::uint32_t> permutation =
          apt::shuffledIons(ions, fromIon, this->WithinClasses ? classes.data() : nullptr, options,
            apt::subProgress(progress, 0, 0.7));
        apt::permute(fromIon, permutation.data(), ions, sizeof(std::int16_t), toIon,
          apt::subProgress(progress, 0.7, 0.85));
        if (hasMass)
        {
          apt::permute(fromMass, permutation.data(), ions, sizeof(float), toMass,
            apt::subProgress(progress, 0.85, 1));
        }
      };
      if (ranks.several())
      {
        const std::vector<std::size_t> counts = ranks.all(size);
        const std::vector<std::int16_t> allIon = aptvtk::gathered(ranks, counts, ion);
        std::vector<float> allMass;
        if (hasMass)
        {
          allMass = aptvtk::gathered(ranks, counts, mass);
        }
        if (this->WithinClasses)
        {
          classes = aptvtk::gathered(ranks, counts, classes.data());
        }
        std::unique_ptr<std::int16_t[]> toIon;
        std::unique_ptr<float[]> toMass;
        ranks.together(
          [&]
          {
            if (ranks.isFirst())
            {
              vtkLogF(INFO, "Ion Shuffle: identities of %zu ions of %d ranks gathered on the first",
                allIon.size(), ranks.count());
              toIon.reset(new std::int16_t[allIon.size()]);
              toMass.reset(new float[allMass.size()]);
              shuffle(allIon.size(), allIon.data(), allMass.data(), toIon.get(), toMass.get());
            }
          });
        ranks.scatter(
          toIon.get(), aptvtk::bytesOf(counts, sizeof(std::int16_t)), newIon->GetVoidPointer(0));
        if (hasMass)
        {
          ranks.scatter(
            toMass.get(), aptvtk::bytesOf(counts, sizeof(float)), newMass->GetVoidPointer(0));
        }
      }
      else
      {
        shuffle(size, ion, mass, newIon->GetVoidPointer(0),
          newMass ? newMass->GetVoidPointer(0) : nullptr);
      }

      output->ShallowCopy(input);
      if (size > 0)
      {
        output->GetPointData()->AddArray(newIon);
        if (newMass)
        {
          output->GetPointData()->AddArray(newMass);
        }
      }
      aptvtk::setField(output, "ShuffleSeed", static_cast<long long>(this->Seed));
      aptvtk::setField(output, "ShuffleUnranged", static_cast<long long>(this->ShuffleUnranged));
      if (this->WithinClasses)
      {
        aptvtk::setField(output, "ShuffleClassArray", this->ClassArray);
      }
    });
  return 1;
}

void vtkIonShuffle::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Seed: " << this->Seed << "\n"
     << indent << "WithinClasses: " << this->WithinClasses << "\n"
     << indent << "ClassArray: " << this->ClassArray << "\n"
     << indent << "ShuffleUnranged: " << this->ShuffleUnranged << "\n";
}
