// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#include "SurfaceDistance.h"

#include "DisjointSets.h"
#include "Error.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

namespace apt
{

namespace
{

using Vector = std::array<double, 3>;
using Triangle = std::array<std::uint32_t, 3>;

constexpr std::uint32_t TrianglesPerLeaf = 4;
constexpr float LargestCoordinate = 1e15F;

Vector operator-(const Vector& a, const Vector& b)
{
  return { a[0] - b[0], a[1] - b[1], a[2] - b[2] };
}

Vector operator+(const Vector& a, const Vector& b)
{
  return { a[0] + b[0], a[1] + b[1], a[2] + b[2] };
}

Vector operator*(double factor, const Vector& a)
{
  return { factor * a[0], factor * a[1], factor * a[2] };
}

double dot(const Vector& a, const Vector& b)
{
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

Vector cross(const Vector& a, const Vector& b)
{
  return { a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0] };
}

Vector unit(const Vector& a)
{
  return 1 / std::sqrt(dot(a, a)) * a;
}

/** Where on a triangle the nearest point lies. */
struct Foot
{
  Vector point{};
  int vertex = -1; ///< on that one
  int edge = -1;   ///< on the one opposite to that vertex
};

// C. Ericson, Real-Time Collision Detection, 2005, §5.1.5.
Foot footOn(const Vector& p, const Vector& a, const Vector& b, const Vector& c)
{
  const Vector ab = b - a;
  const Vector ac = c - a;
  const Vector ap = p - a;
  const double d1 = dot(ab, ap);
  const double d2 = dot(ac, ap);
  if (d1 <= 0 && d2 <= 0)
  {
    return { a, 0, -1 };
  }
  const Vector bp = p - b;
  const double d3 = dot(ab, bp);
  const double d4 = dot(ac, bp);
  if (d3 >= 0 && d4 <= d3)
  {
    return { b, 1, -1 };
  }
  const double vc = d1 * d4 - d3 * d2;
  if (vc <= 0 && d1 >= 0 && d3 <= 0)
  {
    return { a + d1 / (d1 - d3) * ab, -1, 2 };
  }
  const Vector cp = p - c;
  const double d5 = dot(ab, cp);
  const double d6 = dot(ac, cp);
  if (d6 >= 0 && d5 <= d6)
  {
    return { c, 2, -1 };
  }
  const double vb = d5 * d2 - d1 * d6;
  if (vb <= 0 && d2 >= 0 && d6 <= 0)
  {
    return { a + d2 / (d2 - d6) * ac, -1, 1 };
  }
  const double va = d3 * d6 - d5 * d4;
  if (va <= 0 && d4 >= d3 && d5 >= d6)
  {
    return { b + (d4 - d3) / ((d4 - d3) + (d5 - d6)) * (c - b), -1, 0 };
  }
  const double all = va + vb + vc;
  return { a + vb / all * ab + vc / all * ac, -1, -1 };
}

double squaredDistanceToBox(const Vector& p, const Vector& lower, const Vector& upper)
{
  double sum = 0;
  for (std::size_t axis = 0; axis < 3; ++axis)
  {
    const double d = std::max({ lower[axis] - p[axis], p[axis] - upper[axis], 0.0 });
    sum += d * d;
  }
  return sum;
}

} // namespace

void turnRound(TriangleSurface& surface)
{
  for (std::size_t i = 0; i + 2 < surface.triangles.size(); i += 3)
  {
    std::swap(surface.triangles[i + 1], surface.triangles[i + 2]);
  }
  for (float& value : surface.normals)
  {
    value = -value;
  }
}

SurfaceDistance::SurfaceDistance(const TriangleSurface& surface)
{
  this->weld(surface);
  this->findNormals();
  this->buildTree();
}

void SurfaceDistance::weld(const TriangleSurface& surface)
{
  const std::size_t points = surface.points.size() / 3;
  if (!surface.normals.empty() && surface.normals.size() != surface.points.size())
  {
    throw ParameterError("number of normals", std::to_string(surface.normals.size() / 3),
      std::to_string(points) + ", one for each point of the surface");
  }
  for (std::size_t i = 0; i < 3 * points; ++i)
  {
    if (!(std::fabs(surface.points[i]) <= LargestCoordinate))
    {
      throw ParameterError(
        std::string(1, "xyz"[i % 3]) + " of point " + std::to_string(i / 3) + " of the surface",
        std::to_string(surface.points[i]), "-1e15 to 1e15 nm");
    }
  }
  const auto place = [&](std::uint32_t point)
  {
    return std::array<float, 3>{ surface.points[3 * std::size_t{ point }],
      surface.points[3 * std::size_t{ point } + 1], surface.points[3 * std::size_t{ point } + 2] };
  };
  std::vector<std::uint32_t> order(points);
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
    [&](std::uint32_t left, std::uint32_t right) { return place(left) < place(right); });
  std::vector<std::uint32_t> vertexOf(points);
  for (std::size_t i = 0; i < points; ++i)
  {
    const std::array<float, 3> here = place(order[i]);
    if (i == 0 || here != place(order[i - 1]))
    {
      this->Vertices.push_back({ static_cast<double>(here[0]), static_cast<double>(here[1]),
        static_cast<double>(here[2]) });
    }
    vertexOf[order[i]] = static_cast<std::uint32_t>(this->Vertices.size() - 1);
  }
  std::vector<double> votes;
  for (std::size_t i = 0; i + 2 < surface.triangles.size(); i += 3)
  {
    Triangle triangle{};
    Vector given{};
    for (std::size_t corner = 0; corner < 3; ++corner)
    {
      const std::uint32_t point = surface.triangles[i + corner];
      if (point >= points)
      {
        throw ParameterError("point of a triangle of the surface", std::to_string(point),
          "below " + std::to_string(points));
      }
      triangle[corner] = vertexOf[point];
      for (std::size_t axis = 0; axis < 3 && !surface.normals.empty(); ++axis)
      {
        given[axis] += static_cast<double>(surface.normals[3 * std::size_t{ point } + axis]);
      }
    }
    const Vector& a = this->Vertices[triangle[0]];
    const Vector normal = cross(this->Vertices[triangle[1]] - a, this->Vertices[triangle[2]] - a);
    if (dot(normal, normal) > 0)
    {
      this->Triangles.push_back(triangle);
      this->Normals.push_back(normal);
      votes.push_back(dot(normal, given));
    }
  }
  if (this->Triangles.empty())
  {
    throw Error("the surface has no triangle with an area");
  }
  this->orient(votes);
}

void SurfaceDistance::orient(const std::vector<double>& votes)
{
  DisjointSets pieces(this->Vertices.size());
  for (const Triangle& triangle : this->Triangles)
  {
    pieces.unite(triangle[0], triangle[1]);
    pieces.unite(triangle[0], triangle[2]);
  }
  std::vector<double> votesOfPiece(this->Vertices.size());
  for (std::size_t i = 0; i < votes.size(); ++i)
  {
    votesOfPiece[pieces.find(this->Triangles[i][0])] += votes[i];
  }
  for (std::size_t i = 0; i < votes.size(); ++i)
  {
    if (votesOfPiece[pieces.find(this->Triangles[i][0])] < 0)
    {
      std::swap(this->Triangles[i][1], this->Triangles[i][2]);
      this->Normals[i] = -1 * this->Normals[i];
    }
  }
}

void SurfaceDistance::findNormals()
{
  const std::size_t size = this->Triangles.size();
  this->VertexNormals.resize(this->Vertices.size());
  this->VertexAtRim.resize(this->Vertices.size());
  this->EdgeNormals.resize(size);
  this->EdgeAtRim.resize(size);
  struct Edge
  {
    std::pair<std::uint32_t, std::uint32_t> ends;
    std::uint32_t triangle;
    std::uint32_t opposite; ///< which of the triangle's vertices lies opposite
  };
  std::vector<Edge> edges;
  edges.reserve(3 * size);
  for (std::size_t i = 0; i < size; ++i)
  {
    const Triangle& triangle = this->Triangles[i];
    const Vector normal = unit(this->Normals[i]);
    for (std::size_t corner = 0; corner < 3; ++corner)
    {
      const std::uint32_t next = triangle[(corner + 1) % 3];
      const std::uint32_t last = triangle[(corner + 2) % 3];
      const Vector& here = this->Vertices[triangle[corner]];
      const Vector u = unit(this->Vertices[next] - here);
      const Vector v = unit(this->Vertices[last] - here);
      const double angle = std::acos(std::clamp(dot(u, v), -1.0, 1.0));
      Vector& sum = this->VertexNormals[triangle[corner]];
      sum = sum + angle * normal;
      edges.push_back({ std::minmax(next, last), static_cast<std::uint32_t>(i),
        static_cast<std::uint32_t>(corner) });
    }
  }
  std::sort(edges.begin(), edges.end(),
    [](const Edge& left, const Edge& right)
    {
      return std::tie(left.ends, left.triangle, left.opposite) <
        std::tie(right.ends, right.triangle, right.opposite);
    });
  for (std::size_t begin = 0; begin < edges.size();)
  {
    std::size_t end = begin;
    Vector sum{};
    while (end < edges.size() && edges[end].ends == edges[begin].ends)
    {
      sum = sum + unit(this->Normals[edges[end].triangle]);
      ++end;
    }
    const bool atRim = end - begin == 1;
    if (atRim)
    {
      this->VertexAtRim[edges[begin].ends.first] = 1;
      this->VertexAtRim[edges[begin].ends.second] = 1;
    }
    for (; begin < end; ++begin)
    {
      this->EdgeNormals[edges[begin].triangle][edges[begin].opposite] = sum;
      this->EdgeAtRim[edges[begin].triangle][edges[begin].opposite] = atRim;
    }
  }
}

void SurfaceDistance::buildTree()
{
  const std::size_t size = this->Triangles.size();
  std::vector<Vector> centres(size);
  for (std::size_t i = 0; i < size; ++i)
  {
    const Triangle& triangle = this->Triangles[i];
    centres[i] =
      this->Vertices[triangle[0]] + this->Vertices[triangle[1]] + this->Vertices[triangle[2]];
  }
  this->Order.resize(size);
  std::iota(this->Order.begin(), this->Order.end(), 0);
  this->Nodes.reserve(size);
  this->Nodes.emplace_back();
  this->split(0, 0, static_cast<std::uint32_t>(size), centres);
  // Side by side, as they will be asked for.
  for (const std::uint32_t number : this->Order)
  {
    const Triangle& triangle = this->Triangles[number];
    this->Corners.push_back(
      { this->Vertices[triangle[0]], this->Vertices[triangle[1]], this->Vertices[triangle[2]] });
  }
}

// Halves are equal in number, so that the depth is that of log2 of the number of triangles.
void SurfaceDistance::split(
  std::size_t node, std::uint32_t begin, std::uint32_t end, const std::vector<Vector>& centres)
{
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Node own;
  own.lower.fill(infinity);
  own.upper.fill(-infinity);
  Vector lowest = own.lower;
  Vector highest = own.upper;
  for (std::uint32_t i = begin; i < end; ++i)
  {
    const std::uint32_t triangle = this->Order[i];
    for (std::size_t axis = 0; axis < 3; ++axis)
    {
      for (const std::uint32_t vertex : this->Triangles[triangle])
      {
        own.lower[axis] = std::min(own.lower[axis], this->Vertices[vertex][axis]);
        own.upper[axis] = std::max(own.upper[axis], this->Vertices[vertex][axis]);
      }
      lowest[axis] = std::min(lowest[axis], centres[triangle][axis]);
      highest[axis] = std::max(highest[axis], centres[triangle][axis]);
    }
  }
  if (end - begin <= TrianglesPerLeaf)
  {
    own.first = begin;
    own.count = end - begin;
    this->Nodes[node] = own;
    return;
  }
  const Vector extent = highest - lowest;
  const auto axis =
    static_cast<std::size_t>(std::max_element(extent.begin(), extent.end()) - extent.begin());
  const std::uint32_t middle = begin + (end - begin) / 2;
  std::nth_element(this->Order.begin() + begin, this->Order.begin() + middle,
    this->Order.begin() + end,
    [&](std::uint32_t left, std::uint32_t right)
    { return std::tie(centres[left][axis], left) < std::tie(centres[right][axis], right); });
  own.first = static_cast<std::uint32_t>(this->Nodes.size());
  this->Nodes[node] = own;
  this->Nodes.resize(this->Nodes.size() + 2);
  this->split(own.first, begin, middle, centres);
  this->split(own.first + 1, middle, end, centres);
}

bool SurfaceDistance::find(const float* position, double maximumDistance, Nearest& nearest) const
{
  const Vector p{ static_cast<double>(position[0]), static_cast<double>(position[1]),
    static_cast<double>(position[2]) };
  double best = maximumDistance * maximumDistance;
  bool found = false;
  Foot foot;
  // One more node than levels; 2³² triangles have 31 of them.
  std::array<std::pair<std::uint32_t, double>, 64> stack;
  std::size_t depth = 0;
  stack[depth++] = { 0, squaredDistanceToBox(p, this->Nodes[0].lower, this->Nodes[0].upper) };
  while (depth > 0)
  {
    const auto [place, squared] = stack[--depth];
    if (squared > best)
    {
      continue;
    }
    const Node& node = this->Nodes[place];
    if (node.count == 0)
    {
      const std::array<double, 2> distances{ squaredDistanceToBox(p, this->Nodes[node.first].lower,
                                               this->Nodes[node.first].upper),
        squaredDistanceToBox(
          p, this->Nodes[node.first + 1].lower, this->Nodes[node.first + 1].upper) };
      // The nearer one is looked at first.
      const std::uint32_t farther = distances[0] <= distances[1] ? 1 : 0;
      stack[depth++] = { node.first + farther, distances[farther] };
      stack[depth++] = { node.first + 1 - farther, distances[1 - farther] };
      continue;
    }
    for (std::uint32_t i = node.first; i < node.first + node.count; ++i)
    {
      const std::array<Vector, 3>& corners = this->Corners[i];
      const Foot candidate = footOn(p, corners[0], corners[1], corners[2]);
      const Vector offset = p - candidate.point;
      const double distance = dot(offset, offset);
      if (distance < best || (!found && distance <= best))
      {
        best = distance;
        found = true;
        foot = candidate;
        nearest.triangle = this->Order[i];
      }
    }
  }
  if (!found)
  {
    return false;
  }
  const std::uint32_t number = nearest.triangle;
  const auto corner = static_cast<std::size_t>(std::max(foot.vertex, 0));
  const auto edge = static_cast<std::size_t>(std::max(foot.edge, 0));
  const std::uint32_t vertex = this->Triangles[number][corner];
  const Vector& normal = foot.vertex >= 0 ? this->VertexNormals[vertex]
    : foot.edge >= 0                      ? this->EdgeNormals[number][edge]
                                          : this->Normals[number];
  nearest.distance = dot(p - foot.point, normal) > 0 ? -std::sqrt(best) : std::sqrt(best);
  nearest.atRim = foot.vertex >= 0 ? this->VertexAtRim[vertex]
    : foot.edge >= 0               ? this->EdgeAtRim[number][edge]
                                   : false;
  return true;
}

double SurfaceDistance::area(std::size_t triangle) const
{
  return 0.5 * std::sqrt(dot(this->Normals[triangle], this->Normals[triangle]));
}

} // namespace apt
