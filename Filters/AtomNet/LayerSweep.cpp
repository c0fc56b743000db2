// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "LayerSweep.h"

#include "Error.h"
#include "Pool.h"

#include <algorithm>
#include <array>
#include <cmath>
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
  std::vector<std::uint32_t> tiles;
};

/** Which tiles look at each other, and where they are. */
struct TileGraph
{
  /** Tiles that hold a neighbour of one of a tile's ions, or whose ions have one in it. */
  std::vector<std::vector<std::uint32_t>> near;
  std::vector<std::array<float, 3>> centre;
};

/** Makes tiles near each other where only one of two is near the other. */
void makeMutual(std::vector<std::vector<std::uint32_t>>& near)
{
  for (std::vector<std::uint32_t>& tiles : near)
  {
    std::sort(tiles.begin(), tiles.end());
  }
  // Few are: lists grow by what they lack and no more, since there are many of them.
  std::vector<std::array<std::uint32_t, 2>> lacking;
  std::vector<std::size_t> sizes(near.size());
  for (std::uint32_t tile = 0; tile < near.size(); ++tile)
  {
    sizes[tile] += near[tile].size();
    for (const std::uint32_t other : near[tile])
    {
      if (!std::binary_search(near[other].begin(), near[other].end(), tile))
      {
        lacking.push_back({ other, tile });
        ++sizes[other];
      }
    }
  }
  for (const auto& [tile, other] : lacking)
  {
    near[tile].reserve(sizes[tile]);
    near[tile].push_back(other);
  }
}

TileGraph graphOf(const CellSortedCloud& cloud, const NeighbourSearchOptions& search,
  const std::vector<std::uint32_t>& begins, const LayerSlots& slots, const Progress& progress)
{
  const std::size_t tiles = begins.size() - 1;
  TileGraph graph{ std::vector<std::vector<std::uint32_t>>(tiles),
    std::vector<std::array<float, 3>>(tiles) };
  std::vector<std::uint32_t> all(tiles);
  std::iota(all.begin(), all.end(), 0U);
  Pool<Seen> pool;
  forEachTile(
    cloud, search, begins, all,
    [&](const NeighbourTile& tile)
    {
      std::unique_ptr<Seen> taken = pool.take();
      Seen& seen = *taken;
      seen.when.resize(tiles, 0);
      seen.tiles.clear();
      ++seen.now;
      const std::size_t number = slots.tileOf(tile.begin);
      for (std::size_t i = 0; i < tile.size * tile.neighbours; ++i)
      {
        const std::uint32_t other = slots.tileOf(tile.neighbour[i]);
        if (seen.when[other] != seen.now)
        {
          seen.when[other] = seen.now;
          seen.tiles.push_back(other);
        }
      }
      graph.near[number] = seen.tiles;
      std::size_t axis = 0;
      for (const float* coordinates : { tile.x, tile.y, tile.z })
      {
        const auto [lowest, highest] = std::minmax_element(coordinates, coordinates + tile.size);
        graph.centre[number][axis++] = *lowest / 2 + *highest / 2;
      }
      pool.giveBack(std::move(taken));
    },
    progress);
  makeMutual(graph.near);
  return graph;
}

/** How far tiles look along an axis, as a share of how far they lie apart along it; at most 1. */
double shareOfLook(const TileGraph& graph, std::size_t axis)
{
  const auto along = [axis](const std::array<float, 3>& a, const std::array<float, 3>& b)
  { return a[axis] < b[axis]; };
  const auto [lowest, highest] =
    std::minmax_element(graph.centre.begin(), graph.centre.end(), along);
  const double spread =
    static_cast<double>((*highest)[axis]) - static_cast<double>((*lowest)[axis]);
  if (!(spread > 0))
  {
    return 1;
  }
  double sum = 0;
  for (std::size_t tile = 0; tile < graph.near.size(); ++tile)
  {
    double farthest = 0;
    for (const std::uint32_t near : graph.near[tile])
    {
      farthest = std::max(farthest,
        std::abs(static_cast<double>(graph.centre[near][axis]) -
          static_cast<double>(graph.centre[tile][axis])));
    }
    sum += farthest / spread;
  }
  return sum / static_cast<double>(graph.near.size());
}

/**
 * The tiles along the side that is the longest in terms of how far they look along it: what lies so
 * far behind and before them is the slice that is kept.
 */
std::vector<std::uint32_t> orderOf(const TileGraph& graph)
{
  const std::array<double, 3> share{ shareOfLook(graph, 0), shareOfLook(graph, 1),
    shareOfLook(graph, 2) };
  const auto longest =
    static_cast<std::size_t>(std::min_element(share.begin(), share.end()) - share.begin());
  std::vector<std::uint32_t> order(graph.centre.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
    [&](std::uint32_t a, std::uint32_t b)
    { return graph.centre[a][longest] < graph.centre[b][longest]; });
  return order;
}

/**
 * Where tiles begin, and where the last one ends. A tile is a piece of one block, or whole blocks: two
 * halves of different blocks may lie far apart.
 */
std::vector<std::uint32_t> tileBegins(const CellSortedCloud& cloud, std::size_t tileIons)
{
  std::vector<std::uint32_t> begins{ 0 };
  bool whole = true; // the last tile has whole blocks so far
  for (const CellSortedCloud::Block& block : cloud.blocks())
  {
    const bool fits = whole && block.end - begins.back() <= tileIons;
    if (!fits && block.begin > begins.back())
    {
      begins.push_back(block.begin);
      whole = true;
    }
    while (block.end - begins.back() > tileIons)
    {
      begins.push_back(begins.back() + static_cast<std::uint32_t>(tileIons));
      whole = false;
    }
  }
  begins.push_back(static_cast<std::uint32_t>(cloud.size()));
  return begins;
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
    , Missing(options.layers + 1)
    , Ready(options.layers + 1)
  {
    this->Slots.TileIons = options.search.tileIons;
    this->Slots.Begins = tileBegins(cloud, options.search.tileIons);
    this->Tiles = this->Slots.Begins.size() - 1;
    std::uint32_t tile = 0;
    for (std::size_t ion = 0; ion < cloud.size(); ion += LayerSlots::Step)
    {
      while (this->Slots.Begins[tile + 1] <= ion)
      {
        ++tile;
      }
      this->Slots.FirstTile.push_back(tile);
    }
    this->Slots.Slot.assign(this->Tiles, std::numeric_limits<std::uint32_t>::max());
  }

  void run()
  {
    TileGraph graph = graphOf(this->Cloud, this->Options.search, this->Slots.Begins, this->Slots,
      subProgress(this->Report, 0, GraphEnd));
    const std::vector<std::uint32_t> order = orderOf(graph);
    this->Near = std::move(graph.near);
    // Once without the layers, to see how many slots it takes.
    this->goThrough(order, false);
    this->Room(this->SlotCount);
    this->goThrough(order, true);
  }

private:
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
        static_cast<std::uint32_t>((this->Options.layers - 1) * this->Near[tile].size());
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
      this->Cloud, this->Options.search, this->Slots.Begins, tiles,
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
        for (const std::uint32_t looker : this->Near[tile])
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
  std::size_t Tiles = 0;
  std::size_t Done = 0; ///< tiles, of all layers
  LayerSlots Slots;
  std::size_t SlotCount = 0;
  std::vector<std::uint32_t> Free; ///< slots

  std::vector<std::vector<std::uint32_t>> Near; ///< a tile and those that look at each other
  std::vector<std::uint32_t> Looks; ///< how many more at a tile there will be, of all layers
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
