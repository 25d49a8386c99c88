// The arithmetic of the explorers: matrices are {rows, cols, data}, row by row.
// Convolution is cross-correlation, padding is zeros, and a window that does not
// fit entirely does not count: the conventions of the course.

function matrix(rows, cols, fill = 0) {
  const at = typeof fill === "function";
  const data = new Float64Array(rows * cols);
  for (let i = 0; i < data.length; i++) {
    data[i] = at ? fill(Math.floor(i / cols), i % cols) : fill;
  }
  return { rows, cols, data };
}

const fromLists = (lists) => matrix(lists.length, lists[0].length, (r, c) => lists[r][c]);

const toLists = (m) =>
  Array.from({ length: m.rows }, (_, r) => Array.from(m.data.subarray(r * m.cols, (r + 1) * m.cols)));

const at = (m, r, c) => m.data[r * m.cols + c];

const crop = (m, r, c, rows, cols) => matrix(rows, cols, (i, j) => at(m, r + i, c + j));

const padded = (m, p) =>
  matrix(m.rows + 2 * p, m.cols + 2 * p, (r, c) =>
    r < p || c < p || r >= m.rows + p || c >= m.cols + p ? 0 : at(m, r - p, c - p));

// How many windows fit along one axis; 0 where not even one does.
const windowCount = (size, window, stride) =>
  window > size ? 0 : Math.floor((size - window) / stride) + 1;

function convolve(image, kernel, stride = 1) {
  const rows = windowCount(image.rows, kernel.rows, stride);
  const cols = windowCount(image.cols, kernel.cols, stride);
  const out = matrix(rows, cols);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < cols; c++) {
      let sum = 0;
      for (let i = 0; i < kernel.rows; i++) {
        const from = (r * stride + i) * image.cols + c * stride;
        for (let j = 0; j < kernel.cols; j++) {
          sum += image.data[from + j] * kernel.data[i * kernel.cols + j];
        }
      }
      out.data[r * cols + c] = sum;
    }
  }
  return out;
}

// The place of the largest value in a window, the first one on ties, row by row.
function winner(m, r, c, rows, cols) {
  let best = { row: r, col: c, value: at(m, r, c) };
  for (let i = r; i < r + rows; i++) {
    for (let j = c; j < c + cols; j++) {
      if (at(m, i, j) > best.value) best = { row: i, col: j, value: at(m, i, j) };
    }
  }
  return best;
}

function pool(m, size, stride, mode) {
  const rows = windowCount(m.rows, size, stride);
  const cols = windowCount(m.cols, size, stride);
  return matrix(rows, cols, (r, c) => {
    if (mode === "max") return winner(m, r * stride, c * stride, size, size).value;
    let sum = 0;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) sum += at(m, r * stride + i, c * stride + j);
    }
    return sum / (size * size);
  });
}

const total = (m) => m.data.reduce((sum, value) => sum + value, 0);

function extent(m) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of m.data) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return m.data.length ? { low, high } : { low: 0, high: 0 };
}

// The course's measure of "equal", the same as in marking.
const close = (got, want, float32 = false) =>
  Math.abs(got - want) <= (float32 ? 5e-5 : 1e-5) * Math.max(1, Math.abs(want));

// A slider's value without the dust of its steps: 4, not 3.9999999999999982.
const tidy = (value) => Math.round(value * 1e12) / 1e12;

const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
