// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "vtkClassificationMetrics.h"

#include "vtkIonAlgorithmSupport.h"
#include "vtkIonCloudToPolyData.h"
#include "vtkRanks.h"
#include "vtkSpecimens.h"

#include "ClassificationMetrics.h"
#include "DomainRecovery.h"
#include "MeanEstimate.h"

#include "vtkCompositeDataSet.h"
#include "vtkDataSetAttributes.h"
#include "vtkDoubleArray.h"
#include "vtkFieldData.h"
#include "vtkInformation.h"
#include "vtkInformationVector.h"
#include "vtkLogger.h"
#include "vtkMultiBlockDataSet.h"
#include "vtkNew.h"
#include "vtkObjectFactory.h"
#include "vtkPointData.h"
#include "vtkPointSet.h"
#include "vtkStringArray.h"
#include "vtkTable.h"
#include "vtkTypeInt64Array.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

vtkStandardNewMacro(vtkClassificationMetrics);

namespace
{

enum Port
{
  Summary,
  Thresholds,
  Calibration,
  Domains,
  Ions,
  Specimens,
  PortCount
};

constexpr double None = std::numeric_limits<double>::quiet_NaN();

/** The array's values as contiguous values of that type: the array itself, or a converted copy. */
template <typename Value>
const Value* valuesOf(
  vtkSmartPointer<vtkDataArray> array, int type, std::vector<vtkSmartPointer<vtkDataArray>>& kept)
{
  if (array->GetDataType() != type || !array->HasStandardMemoryLayout())
  {
    const auto copy = vtk::TakeSmartPointer(vtkDataArray::CreateDataArray(type));
    copy->DeepCopy(array);
    array = copy;
  }
  kept.push_back(array);
  return static_cast<const Value*>(array->GetVoidPointer(0));
}

vtkDataArray* columnOf(vtkPointSet* ions, const std::string& name)
{
  vtkDataArray* const array = ions->GetPointData()->GetArray(name.c_str());
  return array && array->GetNumberOfComponents() == 1 ? array : nullptr;
}

std::string listOf(const std::vector<std::string>& names)
{
  std::string text;
  for (const std::string& name : names)
  {
    text += (text.empty() ? "" : ", ") + name;
  }
  return text.empty() ? "none" : text;
}

std::vector<std::string> arrayNamesOf(vtkPointSet* ions)
{
  std::vector<std::string> names;
  for (int i = 0; i < ions->GetPointData()->GetNumberOfArrays(); ++i)
  {
    const char* const name = ions->GetPointData()->GetArrayName(i);
    names.emplace_back(name ? name : "(unnamed)");
  }
  return names;
}

/** All specimens of all ranks, on the first one; the others have empty ones. */
class GatheredIons
{
public:
  /** @throws apt::Error on every rank where one has arrays that do not do; Stopped on the others */
  GatheredIons(
    vtkDataObject* input, const std::vector<std::string>& chosen, const aptvtk::Ranks& ranks)
    : AllRanks(ranks)
  {
    aptvtk::addSpecimens(input, this->Sources);
    std::vector<std::string> found;
    std::vector<std::string> ionNames;
    bool hasIons = true;
    bool hasDomains = true;
    ranks.together(
      [&]
      {
        for (const aptvtk::InputSpecimen& specimen : this->Sources)
        {
          for (vtkPointSet* ions : specimen.pieces)
          {
            if (ions->GetNumberOfPoints() > 0)
            {
              this->checkArrays(ions, specimen.name, chosen, found);
              const std::vector<std::string> own = aptvtk::ionNamesOf(ions);
              ionNames = ionNames.empty() ? own : ionNames;
              hasIons = hasIons && columnOf(ions, apt::arrayName::Ion) && own == ionNames;
              hasDomains = hasDomains && columnOf(ions, apt::arrayName::Domain);
            }
          }
        }
      });
    // A rank without ions has no arrays either.
    this->Scores = ranks.firstNames(found);
    this->IonNames = ranks.firstNames(ionNames);
    this->HasIons = ranks.least(hasIons) && !this->IonNames.empty();
    this->HasDomains = ranks.least(hasDomains) != 0;
    if (!this->HasIons)
    {
      this->IonNames.clear();
    }
    this->gather();
  }

  const std::vector<std::string>& scores() const { return this->Scores; }
  const std::vector<std::string>& ionNames() const { return this->IonNames; }
  bool hasDomains() const { return this->HasDomains; }
  std::size_t specimens() const { return this->Sources.size(); }
  const std::string& name(std::size_t specimen) const { return this->Sources[specimen].name; }

  /** What the maker of that specimen knows about its domains; empty where nothing is known. */
  std::vector<apt::DomainTruth> truths(std::size_t specimen) const
  {
    std::vector<apt::DomainTruth> truths;
    for (vtkPointSet* ions : this->Sources[specimen].pieces)
    {
      vtkDataArray* radii = ions->GetFieldData()->GetArray(aptvtk::fieldName::DomainRadius);
      vtkDataArray* depths = ions->GetFieldData()->GetArray(aptvtk::fieldName::DomainDepth);
      if (truths.empty() && radii && depths &&
        radii->GetNumberOfTuples() == depths->GetNumberOfTuples())
      {
        for (vtkIdType i = 0; i < radii->GetNumberOfTuples(); ++i)
        {
          truths.push_back({ radii->GetTuple1(i), depths->GetTuple1(i) < 0 });
        }
      }
    }
    return truths;
  }

  /** The parts with that score; valid until the next call. */
  std::vector<apt::ClassifiedIons> parts(const std::string& score)
  {
    this->ScoreKept.clear();
    this->ScoreBytes.clear();
    std::vector<apt::ClassifiedIons> parts = this->Parts;
    for (std::size_t i = 0; i < parts.size(); ++i)
    {
      parts[i].score = this->column<float>(
        this->Pieces[i], score, VTK_TYPE_FLOAT32, this->ScoreKept, this->ScoreBytes);
    }
    return parts;
  }

private:
  /** A piece of a specimen on this rank, and its ions on each. */
  struct Piece
  {
    vtkPointSet* ions; // nullptr where this rank has none of it
    std::vector<std::size_t> sizes;
  };

  void checkArrays(vtkPointSet* ions, const std::string& specimen,
    const std::vector<std::string>& chosen, std::vector<std::string>& found) const
  {
    const std::string where = this->Sources.size() > 1 ? specimen : "the input";
    const std::vector<std::string> names = arrayNamesOf(ions);
    if (!columnOf(ions, apt::arrayName::Phase))
    {
      throw apt::Error(where +
        " has no point array Phase of one component, the truth to compare "
        "with (it has: " +
        listOf(names) + "); Synthetic Specimen makes ions with it");
    }
    std::vector<std::string> own;
    for (const std::string& name : chosen.empty() ? names : chosen)
    {
      if (!chosen.empty() && !columnOf(ions, name))
      {
        throw apt::Error(where + " has no point array " + name +
          " of one component (it has: " + listOf(names) +
          "); choose other scores, or none for all that begin with "
          "OrderedProbability");
      }
      if (!chosen.empty() ||
        (name.rfind(apt::arrayName::OrderedProbability, 0) == 0 && columnOf(ions, name)))
      {
        own.push_back(name);
      }
    }
    if (own.empty())
    {
      throw apt::Error(where +
        " has no point array whose name begins with OrderedProbability (it "
        "has: " +
        listOf(names) + "); apply AtomNet Segmentation, or choose Scores");
    }
    if (chosen.empty())
    {
      // Block10 after Block2.
      std::sort(own.begin(), own.end(),
        [](const std::string& a, const std::string& b)
        { return std::make_pair(a.size(), a) < std::make_pair(b.size(), b); });
    }
    if (!found.empty() && own != found)
    {
      throw apt::Error(where + " has the scores " + listOf(own) +
        " where an earlier specimen has " + listOf(found) +
        "; choose Scores that all specimens have");
    }
    found = own;
  }

  void gather()
  {
    const bool several = this->AllRanks.several();
    std::size_t whole = 0;
    for (std::size_t specimen = 0; specimen < this->Sources.size(); ++specimen)
    {
      const std::vector<vtkPointSet*>& pieces = this->Sources[specimen].pieces;
      // Ranks may have cut a specimen into different numbers of pieces.
      const std::vector<std::size_t> counts = this->AllRanks.all(pieces.size());
      const std::size_t most = *std::max_element(counts.begin(), counts.end());
      for (std::size_t i = 0; i < most; ++i)
      {
        vtkPointSet* const ions = i < pieces.size() ? pieces[i] : nullptr;
        Piece piece{ ions,
          this->AllRanks.all(ions ? static_cast<std::size_t>(ions->GetNumberOfPoints()) : 0) };
        apt::ClassifiedIons part;
        part.specimen = specimen;
        part.size = this->AllRanks.isFirst()
          ? std::accumulate(piece.sizes.begin(), piece.sizes.end(), std::size_t{ 0 })
          : 0;
        whole += part.size;
        part.phase = this->column<std::int8_t>(
          piece, apt::arrayName::Phase, VTK_TYPE_INT8, this->Kept, this->Bytes);
        if (this->HasIons)
        {
          part.ion = this->column<std::int16_t>(
            piece, apt::arrayName::Ion, VTK_TYPE_INT16, this->Kept, this->Bytes);
        }
        if (this->HasDomains)
        {
          part.domain = this->column<std::int32_t>(
            piece, apt::arrayName::Domain, VTK_TYPE_INT32, this->Kept, this->Bytes);
          part.positions =
            this->column<float>(piece, "", VTK_TYPE_FLOAT32, this->Kept, this->Bytes);
        }
        this->Pieces.push_back(piece);
        this->Parts.push_back(part);
      }
    }
    if (several && this->AllRanks.isFirst())
    {
      vtkLogF(INFO, "Classification Metrics: %zu ions of %d ranks gathered on the first", whole,
        this->AllRanks.count());
    }
  }

  /** A column of a piece (the positions: no name), of all ranks on the first one. */
  template <typename Value>
  const Value* column(const Piece& piece, const std::string& name, int type,
    std::vector<vtkSmartPointer<vtkDataArray>>& kept, std::vector<std::vector<char>>& bytes)
  {
    const Value* mine = nullptr;
    const std::size_t each = name.empty() ? 3 * sizeof(Value) : sizeof(Value);
    std::vector<std::size_t> sizes = piece.sizes;
    for (std::size_t& size : sizes)
    {
      size *= each;
    }
    this->AllRanks.together(
      [&]
      {
        if (piece.ions && piece.ions->GetNumberOfPoints() > 0)
        {
          mine = valuesOf<Value>(
            name.empty() ? piece.ions->GetPoints()->GetData() : columnOf(piece.ions, name), type,
            kept);
        }
        if (this->AllRanks.several())
        {
          bytes.emplace_back(this->AllRanks.isFirst()
              ? std::accumulate(sizes.begin(), sizes.end(), std::size_t{ 0 })
              : 0);
        }
      });
    if (!this->AllRanks.several())
    {
      return mine;
    }
    this->AllRanks.gather(mine, sizes, bytes.back().data());
    return reinterpret_cast<const Value*>(bytes.back().data());
  }

  const aptvtk::Ranks& AllRanks;
  std::vector<aptvtk::InputSpecimen> Sources;
  std::vector<std::string> Scores;
  std::vector<std::string> IonNames;
  bool HasIons = false;
  bool HasDomains = false;
  std::vector<Piece> Pieces;
  std::vector<apt::ClassifiedIons> Parts;
  std::vector<vtkSmartPointer<vtkDataArray>> Kept; // what was borrowed or converted here
  std::vector<std::vector<char>> Bytes;            // what came from all ranks
  std::vector<vtkSmartPointer<vtkDataArray>> ScoreKept;
  std::vector<std::vector<char>> ScoreBytes;
};

/** A table that grows by rows; columns are made when they are first named. */
class Rows
{
public:
  explicit Rows(vtkTable* table)
    : Table(table)
  {
  }

  void text(const char* name, const std::string& value)
  {
    this->column<vtkStringArray>(name)->InsertNextValue(value);
  }
  void count(const char* name, std::uint64_t value)
  {
    this->column<vtkTypeInt64Array>(name)->InsertNextValue(static_cast<vtkTypeInt64>(value));
  }
  void number(const std::string& name, double value, const char* unit = nullptr)
  {
    auto* const column = this->column<vtkDoubleArray>(name.c_str());
    column->InsertNextValue(value);
    if (unit)
    {
      column->GetInformation()->Set(vtkDataArray::UNITS_LABEL(), unit);
    }
  }

private:
  template <typename ArrayType>
  ArrayType* column(const char* name)
  {
    if (auto* const found = ArrayType::SafeDownCast(this->Table->GetColumnByName(name)))
    {
      return found;
    }
    vtkNew<ArrayType> made;
    made->SetName(name);
    // AddColumn would ask for as many values as the other columns have by now.
    this->Table->GetRowData()->AddArray(made);
    return made;
  }

  vtkTable* Table;
};

void addConfusion(Rows& rows, const apt::ConfusionCounts& counts)
{
  rows.count("TruePositives", counts.truePositives);
  rows.count("FalsePositives", counts.falsePositives);
  rows.count("FalseNegatives", counts.falseNegatives);
  rows.count("TrueNegatives", counts.trueNegatives);
  rows.number("Recall", counts.recall());
  rows.number("Precision", counts.precision());
  rows.number("F1", counts.f1());
  rows.number("Specificity", counts.specificity());
}

struct NamedValue
{
  const char* name;
  double (*of)(const apt::ScoreQuality&);
};

/** What a specimen, or all together, is judged by. */
constexpr NamedValue qualities[] = {
  { "AUC", [](const apt::ScoreQuality& q) { return q.auc; } },
  { "BinarisedAUC", [](const apt::ScoreQuality& q) { return q.atThreshold.binarisedAuc(); } },
  { "AveragePrecision", [](const apt::ScoreQuality& q) { return q.averagePrecision; } },
  { "BrierScore", [](const apt::ScoreQuality& q) { return q.brierScore; } },
  { "LogLoss", [](const apt::ScoreQuality& q) { return q.logLoss; } },
  { "CalibrationError", [](const apt::ScoreQuality& q) { return q.calibrationError; } },
  { "Recall", [](const apt::ScoreQuality& q) { return q.atThreshold.recall(); } },
  { "Precision", [](const apt::ScoreQuality& q) { return q.atThreshold.precision(); } },
  { "F1", [](const apt::ScoreQuality& q) { return q.atThreshold.f1(); } },
  { "Specificity", [](const apt::ScoreQuality& q) { return q.atThreshold.specificity(); } },
};

void addQuality(Rows& rows, const apt::ScoreQuality& quality)
{
  rows.count("Positives", quality.positives);
  rows.count("Negatives", quality.negatives);
  rows.count("Unknown", quality.unknown);
  for (const NamedValue& value : qualities)
  {
    rows.number(value.name, value.of(quality));
  }
}

void addEstimate(Rows& rows, const std::string& name, const apt::MeanEstimate& estimate)
{
  rows.number(name + "Mean", estimate.mean);
  rows.number(name + "StandardError", estimate.standardError);
  rows.number(name + "Lower", estimate.lower);
  rows.number(name + "Upper", estimate.upper);
}

vtkSmartPointer<vtkTable> addBlock(vtkMultiBlockDataSet* blocks, const std::string& name)
{
  auto table = vtkSmartPointer<vtkTable>::New();
  const unsigned int index = blocks->GetNumberOfBlocks();
  blocks->SetBlock(index, table);
  blocks->GetMetaData(index)->Set(vtkCompositeDataSet::NAME(), name.c_str());
  return table;
}

template <typename CountsOf>
void addCurve(vtkMultiBlockDataSet* blocks, const std::string& name,
  const std::vector<apt::ThresholdRow>& thresholds, const CountsOf& countsOf)
{
  const vtkSmartPointer<vtkTable> table = addBlock(blocks, name);
  Rows rows(table);
  for (const apt::ThresholdRow& row : thresholds)
  {
    const apt::ConfusionCounts& counts = countsOf(row);
    rows.number("bin_extents", row.threshold);
    rows.number("Recall", counts.recall());
    rows.number("Precision", counts.precision());
    rows.number("F1", counts.f1());
    rows.number("FalsePositiveRate", 1 - counts.specificity());
  }
}

void addCalibration(vtkMultiBlockDataSet* blocks, const std::string& name,
  const std::vector<apt::CalibrationBin>& bins, std::uint64_t known)
{
  const vtkSmartPointer<vtkTable> table = addBlock(blocks, name);
  Rows rows(table);
  for (const apt::CalibrationBin& bin : bins)
  {
    rows.number("bin_extents", (bin.lower + bin.upper) / 2);
    rows.number("MeanScore", bin.meanScore);
    rows.number("Observed", bin.observed);
    rows.number("ObservedLower", bin.observedLower);
    rows.number("ObservedUpper", bin.observedUpper);
    rows.number("Share", static_cast<double>(bin.count) / static_cast<double>(known));
  }
}

void addDomain(Rows& rows, const std::string& score, const std::string& specimen,
  const apt::RecoveredDomain& domain)
{
  rows.text("Score", score);
  rows.text("Specimen", specimen);
  rows.count("Domain", static_cast<std::uint64_t>(domain.domain));
  rows.count("Ions", domain.ions);
  rows.count("Found", domain.found);
  rows.count("Unknown", domain.unknown);
  rows.count("MatrixIons", domain.matrixIons);
  rows.count("MatrixFound", domain.matrixFound);
  rows.number("Recall", domain.recall);
  rows.number("Radius", domain.radius, "nm");
  rows.number("RecoveredRadius", domain.radiusRatio * domain.radius, "nm");
  rows.number("RadiusRatio", domain.radiusRatio);
  rows.number("VolumeRatio", domain.volumeRatio);
  rows.number("GyrationRatio", domain.gyrationRatio);
  rows.count("AtEdge", domain.atEdge);
  rows.number("X", domain.centre[0], "nm");
  rows.number("Y", domain.centre[1], "nm");
  rows.number("Z", domain.centre[2], "nm");
}

/** One score against the truth, on the rank that has all ions. */
class Judgement
{
public:
  Judgement(const GatheredIons& ions, const std::string& score,
    const std::vector<apt::ClassifiedIons>& parts, const apt::ClassificationOptions& options,
    const apt::Progress& progress)
    : All(ions)
    , Score(score)
    , Result(
        apt::classify(parts, ions.ionNames().size(), options, apt::subProgress(progress, 0, 0.6)))
    , Recoveries(Result.specimens.size())
  {
    const auto specimens = static_cast<double>(this->Recoveries.size());
    for (std::size_t i = 0; ions.hasDomains() && i < this->Recoveries.size(); ++i)
    {
      std::vector<apt::ClassifiedIons> own;
      std::copy_if(parts.begin(), parts.end(), std::back_inserter(own),
        [i](const apt::ClassifiedIons& part) { return part.specimen == i; });
      const auto at = static_cast<double>(i);
      this->Recoveries[i] = apt::recoverDomains(own, ions.truths(i), options,
        apt::subProgress(progress, 0.6 + 0.4 * at / specimens, 0.6 + 0.4 * (at + 1) / specimens));
    }
  }

  /** What the user should know about the score; empty where there is nothing. */
  std::string warning() const
  {
    const apt::ScoreQuality& all = this->Result.pooled;
    const std::uint64_t known = all.positives + all.negatives;
    if (known == 0)
    {
      return "no ion has a value of " + this->Score + ": there is nothing to compare";
    }
    if (all.positives == 0 || all.negatives == 0)
    {
      return (all.positives == 0 ? "none of the " : "each of the ") + std::to_string(known) +
        " ions with a value of " + this->Score +
        " is ordered in truth: AUC and average precision are not defined, and NaN";
    }
    if (this->Result.calibration.empty())
    {
      return this->Score +
        " has values outside 0 to 1: it is no probability, and has no Brier "
        "score, log loss and calibration";
    }
    return {};
  }

  void write(vtkInformationVector* outputs) const
  {
    this->writeSummary(vtkTable::GetData(outputs, Summary));
    this->writeCurves(vtkMultiBlockDataSet::GetData(outputs, Thresholds));
    addCalibration(vtkMultiBlockDataSet::GetData(outputs, Calibration), this->Score,
      this->Result.calibration, this->Result.pooled.positives + this->Result.pooled.negatives);
    this->writeSpecimens(
      vtkTable::GetData(outputs, Specimens), vtkTable::GetData(outputs, Domains));
    this->writeIons(vtkTable::GetData(outputs, Ions));
  }

private:
  bool isThere(std::size_t specimen) const
  {
    const apt::ScoreQuality& quality = this->Result.specimens[specimen];
    return quality.positives + quality.negatives + quality.unknown > 0;
  }

  void writeSummary(vtkTable* table) const
  {
    std::vector<std::vector<double>> bySpecimen(std::size(qualities));
    std::vector<double> radiusRatios;
    std::vector<apt::RecoveredDomain> domains;
    for (std::size_t i = 0; i < this->Result.specimens.size(); ++i)
    {
      if (this->isThere(i))
      {
        for (std::size_t k = 0; k < std::size(qualities); ++k)
        {
          bySpecimen[k].push_back(qualities[k].of(this->Result.specimens[i]));
        }
        const std::vector<apt::RecoveredDomain>& own = this->Recoveries[i].domains;
        radiusRatios.push_back(apt::meanRadiusRatio(own).mean);
        domains.insert(domains.end(), own.begin(), own.end());
      }
    }
    Rows rows(table);
    rows.text("Score", this->Score);
    rows.count("Specimens", radiusRatios.size());
    addQuality(rows, this->Result.pooled);
    if (this->All.hasDomains())
    {
      const apt::MeanEstimate ratio = apt::meanRadiusRatio(domains);
      rows.count("WholeDomains", ratio.count);
      rows.number("RadiusRatio", ratio.mean);
      rows.number("RadiusRatioErrorOverDomains", ratio.standardError);
    }
    if (radiusRatios.size() > 1)
    {
      for (std::size_t k = 0; k < std::size(qualities); ++k)
      {
        addEstimate(rows, qualities[k].name, apt::estimateMean(bySpecimen[k]));
      }
      if (this->All.hasDomains())
      {
        addEstimate(rows, "RadiusRatio", apt::estimateMean(radiusRatios));
      }
    }
  }

  void writeCurves(vtkMultiBlockDataSet* blocks) const
  {
    addCurve(blocks, this->Score, this->Result.thresholds,
      [](const apt::ThresholdRow& row) -> const apt::ConfusionCounts& { return row.all; });
    for (std::size_t i = 0; i < this->All.ionNames().size(); ++i)
    {
      addCurve(blocks, this->Score + ", " + this->All.ionNames()[i], this->Result.thresholds,
        [i](const apt::ThresholdRow& row) -> const apt::ConfusionCounts& { return row.byIon[i]; });
    }
  }

  void writeSpecimens(vtkTable* specimens, vtkTable* domains) const
  {
    Rows rows(specimens);
    Rows domainRows(domains);
    for (std::size_t i = 0; i < this->Result.specimens.size(); ++i)
    {
      if (this->isThere(i))
      {
        rows.text("Score", this->Score);
        rows.text("Specimen", this->All.name(i));
        addQuality(rows, this->Result.specimens[i]);
        if (this->All.hasDomains())
        {
          const apt::DomainRecovery& recovery = this->Recoveries[i];
          const apt::MeanEstimate ratio = apt::meanRadiusRatio(recovery.domains);
          rows.count("WholeDomains", ratio.count);
          rows.number("RadiusRatio", ratio.mean);
          rows.number("BackgroundRate", recovery.backgroundRate);
          for (const apt::RecoveredDomain& domain : recovery.domains)
          {
            addDomain(domainRows, this->Score, this->All.name(i), domain);
          }
        }
      }
    }
  }

  void writeIons(vtkTable* table) const
  {
    Rows rows(table);
    for (std::size_t i = 0; i < this->All.ionNames().size(); ++i)
    {
      rows.text("Score", this->Score);
      rows.text("Ion", this->All.ionNames()[i]);
      addConfusion(rows, this->Result.ions[i]);
    }
  }

  const GatheredIons& All;
  const std::string& Score;
  apt::ClassificationResult Result;
  std::vector<apt::DomainRecovery> Recoveries; // of each specimen; empty where there is no Domain
};

} // namespace

vtkClassificationMetrics::vtkClassificationMetrics()
{
  this->SetNumberOfOutputPorts(PortCount);
}

vtkClassificationMetrics::~vtkClassificationMetrics() = default;

void vtkClassificationMetrics::AddScore(const char* name)
{
  if (name && *name)
  {
    this->Scores.emplace_back(name);
    this->Modified();
  }
}

void vtkClassificationMetrics::ClearScores()
{
  if (!this->Scores.empty())
  {
    this->Scores.clear();
    this->Modified();
  }
}

void vtkClassificationMetrics::AddOrderedPhase(int phase)
{
  this->OrderedPhases.push_back(phase);
  this->Modified();
}

void vtkClassificationMetrics::ClearOrderedPhases()
{
  if (!this->OrderedPhases.empty())
  {
    this->OrderedPhases.clear();
    this->Modified();
  }
}

int vtkClassificationMetrics::FillInputPortInformation(int, vtkInformation* info)
{
  info->Set(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkPointSet");
  // Taken whole, and not block by block: specimens are compared with each other.
  info->Append(vtkAlgorithm::INPUT_REQUIRED_DATA_TYPE(), "vtkDataObjectTree");
  return 1;
}

int vtkClassificationMetrics::FillOutputPortInformation(int port, vtkInformation* info)
{
  const bool isBlocks = port == Thresholds || port == Calibration;
  info->Set(vtkDataObject::DATA_TYPE_NAME(), isBlocks ? "vtkMultiBlockDataSet" : "vtkTable");
  return 1;
}

int vtkClassificationMetrics::RequestData(
  vtkInformation*, vtkInformationVector** inputVector, vtkInformationVector* outputVector)
{
  vtkDataObject* input = vtkDataObject::GetData(inputVector[0]);
  const aptvtk::Ranks ranks;
  aptvtk::reportErrors(this,
    [&]
    {
      apt::ClassificationOptions options;
      options.threshold = this->Threshold;
      options.orderedPhases = this->OrderedPhases;
      options.thresholdCount = this->NumberOfThresholds;
      options.calibrationBins = this->NumberOfCalibrationBins;
      ranks.together([&] { apt::check(options); });
      GatheredIons ions(input, this->Scores, ranks);
      const auto size = static_cast<double>(ions.scores().size());
      for (std::size_t i = 0; i < ions.scores().size(); ++i)
      {
        const std::string& score = ions.scores()[i];
        const std::vector<apt::ClassifiedIons> parts = ions.parts(score);
        const auto begin = static_cast<double>(i);
        ranks.together(
          [&]
          {
            if (ranks.isFirst())
            {
              const Judgement judgement(ions, score, parts, options,
                apt::subProgress(aptvtk::progressOf(this), begin / size, (begin + 1) / size));
              if (!judgement.warning().empty())
              {
                vtkWarningMacro(<< judgement.warning());
              }
              judgement.write(outputVector);
            }
          });
      }
      if (ranks.isFirst())
      {
        vtkTable* const summary = vtkTable::GetData(outputVector, Summary);
        aptvtk::setField(summary, "Threshold", std::vector<double>{ this->Threshold });
        aptvtk::setField(summary, "OrderedPhases",
          std::vector<double>(this->OrderedPhases.begin(), this->OrderedPhases.end()));
        aptvtk::setField(
          summary, "NumberOfThresholds", static_cast<long long>(this->NumberOfThresholds));
        aptvtk::setField(summary, "NumberOfCalibrationBins",
          static_cast<long long>(this->NumberOfCalibrationBins));
      }
    });
  return 1;
}

void vtkClassificationMetrics::PrintSelf(ostream& os, vtkIndent indent)
{
  this->Superclass::PrintSelf(os, indent);
  os << indent << "Threshold: " << this->Threshold << "\n"
     << indent << "Scores: " << listOf(this->Scores) << "\n"
     << indent << "OrderedPhases: " << this->OrderedPhases.size() << "\n"
     << indent << "NumberOfThresholds: " << this->NumberOfThresholds << "\n"
     << indent << "NumberOfCalibrationBins: " << this->NumberOfCalibrationBins << "\n";
}
