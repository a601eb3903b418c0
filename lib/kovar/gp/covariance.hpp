// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_COVARIANCE_HPP
#define KOVAR_GP_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/kernel_program.hpp>
#include <kovar/gp/points.hpp>

#include <cstdint>

/// \file
/// Covariance matrices of points, written in one pass: no matrix per leaf of a kernel, no temporary.

namespace kovar::gp {

/// A kernel program on the device; its coefficients are set by put_coefficients.
template <class Scalar, class ExecSpace>
DeviceProgram<Scalar, ExecSpace> make_device_program(ExecSpace const& space,
                                                     KernelProgram const& program);

/// The coefficients of the kernel's present values, to the device; allocates nothing but a small list on
/// the host.
template <class Scalar, class ExecSpace>
void put_coefficients(ExecSpace const& space, KernelProgram const& program, Kernel const& kernel,
                      DeviceProgram<Scalar, ExecSpace> const& to);

/// Lower triangle of k(x_i, x_j) into a (n x n, any leading dimension). Of what stands above the diagonal
/// some is overwritten, too.
/// Cost: n^2 / 2 (3 d + c) flops with c of about 20 a leaf; n^2 / 2 numbers written.
template <class Scalar, class ExecSpace>
void covariance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                Points<Scalar, ExecSpace> const& points, Matrix<Scalar, ExecSpace> const& a);

/// k(row_i, column_j) into a (rows.n x columns.n).
template <class Scalar, class ExecSpace>
void cross_covariance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                      Points<Scalar, ExecSpace> const& rows,
                      Points<Scalar, ExecSpace> const& columns, Matrix<Scalar, ExecSpace> const& a);

/// k(x_i, x_i) of each point.
template <class Scalar, class ExecSpace>
void prior_variance(ExecSpace const& space, DeviceProgram<Scalar, ExecSpace> const& program,
                    Points<Scalar, ExecSpace> const& points,
                    Vector<Scalar, ExecSpace> const& variance);

}  // namespace kovar::gp

#endif
