// SPDX-FileCopyrightText: Copyright (c) AtomProbe developers
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace apt
{

/** @brief A surface of triangles. */
struct TriangleSurface
{
  std::vector<float> points;            ///< x, y, z in nm, one after the other
  std::vector<std::uint32_t> triangles; ///< three points each
  std::vector<float> normals;           ///< x, y, z for each point; none: those of the triangles
};

/** @brief Turns triangles and normals round. */
void turnRound(TriangleSurface& surface);

/**
 * @brief Signed distance to a surface, open or closed.
 *
 * The nearest point may lie inside a triangle, on an edge or on a vertex. The sign is that of the
 * offset along the normal there: of the triangle, the mean of those at the edge, or that of those
 * around the vertex weighted by their angles, which is right wherever the surface is closed
 * (J. A. Bærentzen, H. Aanæs, Signed distance computation using the angle weighted pseudonormal,
 * IEEE Trans. Vis. Comput. Graph. 11 (2005) 243–253, doi:10.1109/TVCG.2005.49). Neighbouring
 * triangles must be oriented alike. Points at the same place are one; triangles without area are
 * left out.
 *
 * Normals of triangles are those of a right-hand screw. Where points have normals, a piece of the
 * surface (what hangs together by points) is turned round whose triangles, all in all, point away
 * from these. Single triangles are not turned: normals that come from the gradient of a field are
 * off where it jumps, as at the edge of a specimen.
 *
 * A tree of boxes over the triangles: O(t log t) to build, O(log t) per query for positions near the
 * surface, less for those farther away than asked for. About 300 bytes per triangle. All in double.
 * Queries may come from any number of threads.
 */
class SurfaceDistance
{
public:
  /** @throws ParameterError where a point is not finite or a triangle has points that are not there;
   * Error where there is no triangle with an area */
  explicit SurfaceDistance(const TriangleSurface& surface);

  struct Nearest
  {
    double distance = 0;        ///< nm, positive on the side that normals point away from
    std::uint32_t triangle = 0; ///< of triangles()
    bool atRim = false;         ///< the nearest point is on an edge that has one triangle only
  };

  /** @brief The nearest point, where it is no farther than that. @return whether there is one */
  bool find(const float* position, double maximumDistance, Nearest& nearest) const;

  /** @brief Those with an area, three of vertexCount() vertices each. */
  const std::vector<std::array<std::uint32_t, 3>>& triangles() const { return this->Triangles; }
  std::size_t vertexCount() const { return this->Vertices.size(); }
  /** @brief nm² */
  double area(std::size_t triangle) const;

private:
  using Vector = std::array<double, 3>;

  struct Node
  {
    Vector lower{};
    Vector upper{};
    std::uint32_t first = 0; ///< of its triangles in Order, or of its two nodes
    std::uint32_t count = 0; ///< of triangles; 0: it has nodes
  };

  void weld(const TriangleSurface& surface);
  void orient(const std::vector<double>& votes);
  void findNormals();
  void buildTree();
  void split(
    std::size_t node, std::uint32_t begin, std::uint32_t end, const std::vector<Vector>& centres);

  std::vector<Vector> Vertices;
  std::vector<std::array<std::uint32_t, 3>> Triangles;
  std::vector<Vector> Normals; ///< of triangles, of any length
  std::vector<Vector> VertexNormals;
  std::vector<char> VertexAtRim;
  std::vector<std::array<Vector, 3>> EdgeNormals; ///< edge i lies opposite to vertex i
  std::vector<std::array<char, 3>> EdgeAtRim;
  std::vector<std::uint32_t> Order;
  std::vector<std::array<Vector, 3>> Corners; ///< of triangles in that order
  std::vector<Node> Nodes;
};

} // namespace apt
