// Eigen's product behind the interface of cblas, row-major, alpha = 1 and beta = 0.
#include <Eigen/Core>

using Eigen::Dynamic;
using Eigen::OuterStride;

template <typename T> using Matrix = Eigen::Matrix<T, Dynamic, Dynamic, Eigen::RowMajor>;
template <typename T> using In = Eigen::Map<const Matrix<T>, 0, OuterStride<>>;

enum { YES = 112 };

template <typename T>
static void gemm(int ta, int tb, int m, int n, int k, const T *a, int lda, const T *b, int ldb, T *c, int ldc) {
	In<T> x(a, ta == YES ? k : m, ta == YES ? m : k, OuterStride<>(lda)), y(b, tb == YES ? n : k, tb == YES ? k : n, OuterStride<>(ldb));
	Eigen::Map<Matrix<T>, 0, OuterStride<>> z(c, m, n, OuterStride<>(ldc));
	if (ta == YES && tb == YES) z.noalias() = x.transpose() * y.transpose();
	else if (ta == YES) z.noalias() = x.transpose() * y;
	else if (tb == YES) z.noalias() = x * y.transpose();
	else z.noalias() = x * y;
}

extern "C" {
void eigen_threads(int n) { Eigen::setNbThreads(n); }

void eigen_sgemm(int, int ta, int tb, int m, int n, int k, float, const float *a, int lda, const float *b, int ldb, float, float *c, int ldc) {
	gemm(ta, tb, m, n, k, a, lda, b, ldb, c, ldc);
}

void eigen_dgemm(int, int ta, int tb, int m, int n, int k, double, const double *a, int lda, const double *b, int ldb, double, double *c, int ldc) {
	gemm(ta, tb, m, n, k, a, lda, b, ldb, c, ldc);
}
}
