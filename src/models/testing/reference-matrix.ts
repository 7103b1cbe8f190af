/** Row-major float64 numbers; a row per position of the text. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

export const zeros = (rows: number, columns: number): Matrix => ({
  rows,
  columns,
  data: new Float64Array(rows * columns),
});

export const rowOf = (matrix: Matrix, row: number): Float64Array =>
  matrix.data.subarray(row * matrix.columns, (row + 1) * matrix.columns);

export const lastRows = (matrix: Matrix, rows: number): Matrix => ({
  rows,
  columns: matrix.columns,
  data: matrix.data.subarray((matrix.rows - rows) * matrix.columns),
});

/** The columns [start, end) of every row. */
export function columnsOf(matrix: Matrix, start: number, end: number): Matrix {
  return mapRows(matrix, end - start, (row) => row.subarray(start, end));
}

/** A matrix whose rows are these functions of the given ones. */
export function mapRows(
  matrix: Matrix,
  columns: number,
  next: (row: Float64Array, index: number) => Float64Array,
): Matrix {
  const result = zeros(matrix.rows, columns);
  for (let row = 0; row < matrix.rows; row++) rowOf(result, row).set(next(rowOf(matrix, row), row));
  return result;
}

export const mapValues = (matrix: Matrix, next: (value: number) => number): Matrix => ({
  ...matrix,
  data: matrix.data.map(next),
});

/** Element by element; both have the same shape. */
export function combine(a: Matrix, b: Matrix, next: (a: number, b: number) => number): Matrix {
  if (a.rows !== b.rows || a.columns !== b.columns) throw new RangeError("combined matrices differ in shape");
  return { ...a, data: a.data.map((value, index) => next(value, b.data[index]!)) };
}

export const add = (a: Matrix, b: Matrix): Matrix => combine(a, b, (left, right) => left + right);

/** x · Wᵀ + b with W [out, in], as torch.nn.Linear stores it. */
export function linear(x: Matrix, weight: Float64Array, bias: Float64Array | null): Matrix {
  const outputs = weight.length / x.columns;
  const result = zeros(x.rows, outputs);
  for (let row = 0; row < x.rows; row++) {
    const from = rowOf(x, row);
    const to = rowOf(result, row);
    for (let out = 0; out < outputs; out++) to[out] = dot(from, weight, out * x.columns) + (bias?.[out] ?? 0);
  }
  return result;
}

/** The inner product of `a` with as many values of `b` from `offset`. */
export function dot(a: Float64Array, b: Float64Array, offset: number): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[offset + index]!;
  return sum;
}

/** Wᵀ of a W [rows, columns]: GPT-2's Conv1D stores [in, out]. */
export function transposed(weight: Float64Array, rows: number, columns: number): Float64Array {
  const result = new Float64Array(weight.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      result[column * rows + row] = weight[row * columns + column]!;
  return result;
}
