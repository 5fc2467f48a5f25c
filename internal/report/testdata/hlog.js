// Reads an interval log with HdrHistogram's JavaScript port and prints, for each tag, what its intervals add up to, in milliseconds.
const { HistogramLogReader } = require("hdr-histogram-js");
const { readFileSync } = require("fs");

const reader = new HistogramLogReader(readFileSync(process.argv[2], "utf8"));
const sums = {};
for (let h = reader.nextIntervalHistogram(); h; h = reader.nextIntervalHistogram()) {
  const tag = h.tag && h.tag !== "NO TAG" ? h.tag : "";
  if (sums[tag]) sums[tag].add(h);
  else sums[tag] = h;
}
const out = {};
for (const [tag, h] of Object.entries(sums)) {
  const at = p => h.getValueAtPercentile(p) / 1000;
  out[tag] = { count: h.totalCount, mean: h.mean / 1000, p50: at(50), p90: at(90), p99: at(99), p999: at(99.9), max: h.maxValue / 1000 };
}
console.log(JSON.stringify(out));
