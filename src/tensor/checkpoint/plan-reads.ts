import type { ReadableDtype } from "./stored-dtype.ts";

/** A tensor to read: bytes [start, end) of a file. */
export interface Wanted {
  readonly name: string;
  readonly dtype: ReadableDtype;
  readonly shape: readonly number[];
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

/** One request: bytes [start, end) of a file, all of them wanted, with the tensors that have bytes in it, in file order. */
export interface Piece {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly tensors: readonly Wanted[];
}

/**
 * The requests that read these tensors and not a byte else, file by file in file order. Tensors share a request only
 * where one begins at the other's end, and no request exceeds `maxPieceBytes`; a longer tensor takes several.
 */
export function planReads(wanted: Iterable<Wanted>, maxPieceBytes: number): readonly Piece[] {
  const pieces: OpenPiece[] = [];
  for (const tensor of inFileOrder(wanted)) {
    let from = tensor.start;
    do {
      const piece = pieceAt(from, tensor.file, { pieces, maxPieceBytes });
      piece.end = Math.min(tensor.end, piece.start + maxPieceBytes);
      piece.tensors.push(tensor);
      from = piece.end;
    } while (from < tensor.end);
  }
  return pieces;
}

interface OpenPiece {
  readonly file: string;
  readonly start: number;
  end: number;
  readonly tensors: Wanted[];
}

interface Plan {
  readonly pieces: OpenPiece[];
  readonly maxPieceBytes: number;
}

/** The last piece, if it ends just here and has room; else a new one. */
function pieceAt(from: number, file: string, { pieces, maxPieceBytes }: Plan): OpenPiece {
  const last = pieces.at(-1);
  if (last?.file === file && last.end === from && last.end - last.start < maxPieceBytes) return last;
  const piece: OpenPiece = { file, start: from, end: from, tensors: [] };
  pieces.push(piece);
  return piece;
}

const inFileOrder = (wanted: Iterable<Wanted>): Wanted[] =>
  [...wanted].sort((a, b) => compare(a.file, b.file) || a.start - b.start || a.end - b.end);

const compare = (a: string, b: string): number => {
  if (a === b) return 0;
  return a < b ? -1 : 1;
};
