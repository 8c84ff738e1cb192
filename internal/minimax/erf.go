package minimax

// ErfSplit is where erf x changes from x + x Erf(x^2) to 1 - e^-ErfTail(x).
const ErfSplit = 1
