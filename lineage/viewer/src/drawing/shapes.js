/** Outlines in pixels. */

export const round = (x) => Math.round(x * 10) / 10;

/** The outline of a status symbol around (x, y): the corners that the style gives, else a circle. */
export function symbolPath({ corners }, x, y, r) {
  if (corners)
    return `M${corners.map(([dx, dy]) => [x + dx * r, y + dy * r].map(round).join(" ")).join("L")}z`;
  const size = round(r);
  return `M${round(x - r)} ${round(y)}a${size} ${size} 0 1 0 ${2 * size} 0a${size} ${size} 0 1 0 ${-2 * size} 0z`;
}
