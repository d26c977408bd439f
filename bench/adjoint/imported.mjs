import "adjoint";
