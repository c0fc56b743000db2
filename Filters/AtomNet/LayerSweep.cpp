// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LayerSweep.h"

#include "Error.h"
#include "Pool.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string>

namespace apt
{

namespace
{

/** Of a sweep: looking who is near whom takes this much of it, about. */
constexpr double GraphEnd = 0.1;

/** Marks tiles that were seen, without being cleared from one use to the next. */
struct Seen
{
  std::vector<std::uint32_t> when;
  std::uint32_t now = 0;
};

/** Which tiles hold neighbours of a tile's ions, and where the tiles are. */
struct TileGraph
{
  std::vector<std::vector<std::uint32_t>> near;
  std::vector<std::array<float, 3>> centre;
};

TileGraph graphOf(const CellSortedCloud& cloud, const NeighbourSearchOptions& search,
  std::size_t tiles, const Progress& progress)
{
  TileGraph graph{ std::vector<std::vector<std::uint32_t>>(tiles),
    std::vector<std::array<float, 3>>(tiles) };
  Pool<Seen> pool;
  forEachTile(
    cloud, search,
    [&](const NeighbourTile& tile)
    {
      std::unique_ptr<Seen> taken = pool.take();
      Seen& seen = *taken;
      seen.when.resize(tiles, 0);
      ++seen.now;
      const std::size_t number = tile.begin / search.tileIons;
      std::vector<std::uint32_t>& near = graph.near[number];
      for (std::size_t i = 0; i < tile.size * tile.neighbours; ++i)
      {
        const auto other = static_cast<std::uint32_t>(tile.neighbour[i] / search.tileIons);
        if (seen.when[other] != seen.now)
        {
          seen.when[other] = seen.now;
          near.push_back(other);
        }
      }
      std::size_t axis = 0;
      for (const float* coordinates : { tile.x, tile.y, tile.z })
      {
        const auto [lowest, highest] = std::minmax_element(coordinates, coordinates + tile.size);
        graph.centre[number][axis++] = *lowest / 2 + *highest / 2;
      }
      pool.giveBack(std::move(taken));
    },
    progress);
  return graph;
}

/** The tiles along the side on which they spread the most. */
std::vector<std::uint32_t> alongTheLongestSide(const std::vector<std::array<float, 3>>& centres)
{
  std::size_t longest = 0;
  float length = -1;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const auto [lowest, highest] = std::minmax_element(centres.begin(), centres.end(),
      [axis](const auto& a, const auto& b) { return a[axis] < b[axis]; });
    const float spread = (*highest)[axis] - (*lowest)[axis];
    if (spread > length)
    {
      length = spread;
      longest = axis;
    }
  }
  std::vector<std::uint32_t> order(centres.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
    [&](std::uint32_t a, std::uint32_t b) { return centres[a][longest] < centres[b][longest]; });
  return order;
}

} // namespace

class LayerSweep
{
public:
  LayerSweep(const CellSortedCloud& cloud, const LayerSweepOptions& options,
    const std::function<void(std::size_t)>& room,
    const std::function<void(std::size_t, const NeighbourTile&, const LayerSlots&)>& layer,
    const Progress& progress)
    : Cloud(cloud)
    , Options(options)
    , Room(room)
    , Layer(layer)
    , Report(progress)
    , Tiles((cloud.size() - 1) / options.search.tileIons + 1)
    , Missing(options.layers + 1)
    , Ready(options.layers + 1)
  {
    this->Slots.TileIons = options.search.tileIons;
    this->Slots.Slot.assign(this->Tiles, std::numeric_limits<std::uint32_t>::max());
  }

  void run()
  {
    TileGraph graph = graphOf(
      this->Cloud, this->Options.search, this->Tiles, subProgress(this->Report, 0, GraphEnd));
    const std::vector<std::uint32_t> order = alongTheLongestSide(graph.centre);
    this->Near = std::move(graph.near);
    this->lookBack();
    // Once without the layers, to see how many slots it takes.
    this->goThrough(order, false);
    this->Room(this->SlotCount);
    this->goThrough(order, true);
  }

private:
  /** Who looks at a tile. */
  void lookBack()
  {
    this->Lookers.resize(this->Tiles);
    for (std::size_t tile = 0; tile < this->Tiles; ++tile)
    {
      for (const std::uint32_t near : this->Near[tile])
      {
        this->Lookers[near].push_back(static_cast<std::uint32_t>(tile));
      }
    }
  }

  /** The whole schedule, in the order of the tiles; with the layers, or to count slots only. */
  void goThrough(const std::vector<std::uint32_t>& order, bool run)
  {
    this->Free.clear();
    for (std::uint32_t slot = 0; slot < this->SlotCount; ++slot)
    {
      this->Free.push_back(slot);
    }
    this->Looks.resize(this->Tiles);
    for (std::size_t tile = 0; tile < this->Tiles; ++tile)
    {
      this->Looks[tile] =
        static_cast<std::uint32_t>((this->Options.layers - 1) * this->Lookers[tile].size());
    }
    for (std::size_t layer = 2; layer <= this->Options.layers; ++layer)
    {
      this->Missing[layer].resize(this->Tiles);
      for (std::size_t tile = 0; tile < this->Tiles; ++tile)
      {
        this->Missing[layer][tile] = static_cast<std::uint32_t>(this->Near[tile].size());
      }
    }
    for (std::size_t first = 0; first < this->Tiles; first += this->Options.tilesPerWave)
    {
      const std::size_t last = std::min(first + this->Options.tilesPerWave, this->Tiles);
      for (std::size_t i = first; i < last; ++i)
      {
        this->giveSlot(order[i]);
      }
      this->Ready[1].assign(order.begin() + static_cast<std::ptrdiff_t>(first),
        order.begin() + static_cast<std::ptrdiff_t>(last));
      for (std::size_t layer = 1; layer <= this->Options.layers; ++layer)
      {
        const std::vector<std::uint32_t> tiles = std::move(this->Ready[layer]);
        this->Ready[layer].clear();
        if (run)
        {
          this->runLayer(layer, tiles);
        }
        this->complete(layer, tiles);
      }
    }
  }

  void giveSlot(std::uint32_t tile)
  {
    if (this->Free.empty())
    {
      this->Free.push_back(static_cast<std::uint32_t>(this->SlotCount++));
    }
    this->Slots.Slot[tile] = this->Free.back();
    this->Free.pop_back();
  }

  void runLayer(std::size_t layer, const std::vector<std::uint32_t>& tiles)
  {
    const double all = static_cast<double>(this->Tiles * this->Options.layers);
    const double begun = GraphEnd + (1 - GraphEnd) * static_cast<double>(this->Done) / all;
    this->Done += tiles.size();
    const double ended = GraphEnd + (1 - GraphEnd) * static_cast<double>(this->Done) / all;
    forEachTile(
      this->Cloud, this->Options.search, tiles,
      [&](const NeighbourTile& tile) { this->Layer(layer, tile, this->Slots); },
      subProgress(this->Report, begun, ended));
  }

  /** Sees on which tiles the next layer can run now, and what nobody will look at any more. */
  void complete(std::size_t layer, const std::vector<std::uint32_t>& tiles)
  {
    for (const std::uint32_t tile : tiles)
    {
      if (layer < this->Options.layers)
      {
        for (const std::uint32_t looker : this->Lookers[tile])
        {
          if (--this->Missing[layer + 1][looker] == 0)
          {
            this->Ready[layer + 1].push_back(looker);
          }
        }
      }
      if (layer > 1)
      {
        for (const std::uint32_t near : this->Near[tile])
        {
          if (--this->Looks[near] == 0)
          {
            this->Free.push_back(this->Slots.Slot[near]);
          }
        }
      }
      else if (this->Options.layers == 1)
      {
        this->Free.push_back(this->Slots.Slot[tile]);
      }
    }
  }

  const CellSortedCloud& Cloud;
  const LayerSweepOptions& Options;
  const std::function<void(std::size_t)>& Room;
  const std::function<void(std::size_t, const NeighbourTile&, const LayerSlots&)>& Layer;
  const Progress& Report;
  std::size_t Tiles;
  std::size_t Done = 0; ///< tiles, of all layers
  LayerSlots Slots;
  std::size_t SlotCount = 0;
  std::vector<std::uint32_t> Free; ///< slots

  std::vector<std::vector<std::uint32_t>> Near;    ///< tiles that a tile looks at, itself as well
  std::vector<std::vector<std::uint32_t>> Lookers; ///< tiles that look at it
  std::vector<std::uint32_t> Looks;                ///< how many more there will be, of all layers
  /** By layer and tile: tiles that it looks at on which the layer before has not run. */
  std::vector<std::vector<std::uint32_t>> Missing;
  std::vector<std::vector<std::uint32_t>> Ready; ///< by layer: tiles on which it can run
};

void sweepLayers(const CellSortedCloud& cloud, const LayerSweepOptions& options,
  const std::function<void(std::size_t)>& room,
  const std::function<void(std::size_t, const NeighbourTile&, const LayerSlots&)>& layer,
  const Progress& progress)
{
  if (options.layers < 1 || options.tilesPerWave < 1 || options.search.tileIons < 1)
  {
    throw ParameterError("layers, tiles per wave or ions per tile", "0", "1 or more");
  }
  if (cloud.size() > 0)
  {
    LayerSweep(cloud, options, room, layer, progress).run();
  }
}

} // namespace apt
