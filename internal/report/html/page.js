"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  if (!data || !document.getElementById("charts")) return;

  const left = 56, right = 26;
  const charts = [];
  let theme, legend;

  // colours are the style sheet's, so that they follow light, dark and paper.
  function readTheme() {
    const style = getComputedStyle(document.documentElement);
    const of = name => style.getPropertyValue("--" + name).trim();
    theme = { of, heat: of("heat").split(/\s+/), font: "11px " + getComputedStyle(document.body).fontFamily };
  }

  const clock = t => {
    const s = Math.max(0, Math.round(t)), pad = n => String(n).padStart(2, "0");
    return s < 3600 ? Math.floor(s / 60) + ":" + pad(s % 60) : Math.floor(s / 3600) + ":" + pad(Math.floor(s / 60) % 60) + ":" + pad(s % 60);
  };
  const utc = t => new Date((data.start + Math.round(t)) * 1000).toISOString().slice(11, 19) + "Z";
  const figure = v => {
    if (v == null) return "-";
    const a = Math.abs(v);
    return a >= 1000 ? Math.round(v).toLocaleString("en-US") : a >= 100 || v === Math.round(v) ? String(Math.round(v)) : a >= 10 ? v.toFixed(1) : v.toFixed(2);
  };
  const round = v => {
    if (v >= 1e6) return +(v / 1e6).toPrecision(3) + "M";
    return v >= 1e4 ? +(v / 1e3).toPrecision(3) + "k" : String(+v.toPrecision(3));
  };
  const some = v => v && v.some(x => x != null);

  // time steps that a person reads: 5 s to 6 h.
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600];

  // least and most of what is shown of the drawn series between two times.
  function extent(u, from, to) {
    let low = Infinity, high = -Infinity;
    const t = u.data[0];
    u.series.forEach((s, i) => {
      if (i === 0 || !s.show) return;
      u.data[i].forEach((v, n) => {
        if (v != null && t[n] >= from && t[n] <= to) { low = Math.min(low, v); high = Math.max(high, v); }
      });
    });
    return [low, high];
  }

  function linear(limit) {
    return u => {
      const [, high] = extent(u, u.scales.x.min ?? -Infinity, u.scales.x.max ?? Infinity);
      return [0, limit ?? Math.max(high * 1.08, 1e-3)];
    };
  }

  function logarithmic(more) {
    return u => {
      const [low, high] = extent(u, u.scales.x.min ?? -Infinity, u.scales.x.max ?? Infinity);
      const all = [low, high, ...(more ?? [])].filter(v => Number.isFinite(v) && v > 0);
      return all.length ? [Math.min(...all) / 1.25, Math.max(...all) * 1.25] : [1, 1000];
    };
  }

  // marks of a logarithmic axis: 1, 2 and 5 of each decade within what is shown.
  function decades(u, axis, min, max) {
    const list = [], lead = max / min > 300 ? [1] : max / min > 30 ? [1, 3] : [1, 2, 5];
    for (let d = Math.floor(Math.log10(min)); d <= Math.ceil(Math.log10(max)); d++) {
      for (const n of lead) {
        const v = n * 10 ** d;
        if (v >= min && v <= max) list.push(v);
      }
    }
    return list;
  }

  function axes(log, x) {
    const one = { stroke: theme.of("dim"), font: theme.font, ticks: { show: false }, grid: { stroke: theme.of("grid"), width: 1 }, border: { show: false } };
    return [
      { ...one, size: 26, gap: 7, ...x },
      { ...one, size: left, gap: 6, values: (u, list) => list.map(round), ...(log ? { splits: decades, filter: (u, list) => list } : { space: 26 }) },
    ];
  }

  // marks of the load and of the instances; the first chart has their words.
  function drawMarks(u, words) {
    const ctx = u.ctx, { left: x0, top, width, height } = u.bbox, px = devicePixelRatio;
    ctx.save();
    ctx.font = theme.font.replace("11px", 10.5 * px + "px");
    ctx.textBaseline = "top";
    ctx.textAlign = "left";
    let free = x0;
    for (const m of data.marks) {
      const x = Math.round(u.valToPos(m.t, "x", true));
      if (x < x0 || x > x0 + width) continue;
      const event = m.kind === "event", instances = m.kind === "instances";
      ctx.strokeStyle = theme.of(event ? "bad" : instances ? "other" : "dim");
      ctx.globalAlpha = event || instances ? 0.9 : 0.45;
      ctx.lineWidth = px;
      ctx.setLineDash(instances || event ? [] : [2 * px, 3 * px]);
      ctx.beginPath();
      ctx.moveTo(x, top);
      ctx.lineTo(x, event ? top + 7 * px : top + height);
      ctx.stroke();
      if (words && !event && x >= free && x + 3 * px + ctx.measureText(m.text).width <= x0 + width) {
        ctx.globalAlpha = 1;
        ctx.fillStyle = theme.of(instances ? "other" : "dim");
        ctx.fillText(m.text, x + 3 * px, top + px);
        free = x + 10 * px + ctx.measureText(m.text).width;
      }
    }
    ctx.restore();
  }

  function drawLimit(u, value) {
    const y = Math.round(u.valToPos(value, "y", true)), { left: x0, top, width, height } = u.bbox;
    if (y < top || y > top + height) return;
    const ctx = u.ctx;
    ctx.save();
    ctx.strokeStyle = theme.of("slo");
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([7 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x0, y);
    ctx.lineTo(x0 + width, y);
    ctx.stroke();
    ctx.restore();
  }

  // heatLevel is in equal steps of the logarithm, from a thousandth of a column's successes to all of them.
  const heatLevel = share => Math.max(0, Math.min(theme.heat.length - 1, Math.floor((1 + Math.log10(share) / 3) * theme.heat.length)));

  function drawHeat(u) {
    const { t, width, edges, columns } = data.heat, ctx = u.ctx;
    const y = edges.map(e => u.valToPos(e, "y", true));
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    columns.forEach((counts, i) => {
      if (t[i] + width < u.scales.x.min || t[i] > u.scales.x.max) return;
      const total = counts.reduce((a, b) => a + b, 0);
      const from = Math.floor(u.valToPos(t[i], "x", true)), to = Math.ceil(u.valToPos(t[i] + width, "x", true));
      counts.forEach((n, b) => {
        if (n === 0) return;
        ctx.fillStyle = theme.heat[heatLevel(n / total)];
        ctx.fillRect(from, Math.floor(y[b + 1]), Math.max(1, to - from), Math.ceil(y[b] - y[b + 1]) + 1);
      });
    });
    ctx.restore();
  }

  function element(tag, text, className) {
    const e = document.createElement(tag);
    if (text) e.textContent = text;
    if (className) e.className = className;
    return e;
  }

  // keys above a chart say what is what, and its values where the pointer is.
  function keys(title, lines, extra) {
    const row = element("div", "", "keys");
    row.append(element("strong", title));
    const values = lines.map(l => {
      const k = element("span", l.name, "key");
      k.style.setProperty("--colour", theme.of(l.colour));
      if (l.dash) k.style.setProperty("--dash", "dashed");
      const v = element("b");
      k.append(v);
      row.append(k);
      return v;
    });
    if (extra) row.append(extra);
    const at = element("span", "", "at");
    row.append(at);
    return { row, values, at };
  }

  const dashes = { dash: [5, 4], dots: [1.5, 3] };

  // chart in the figure of that name. lines: name, colour, data, dash, fill, width.
  function chart(name, { title, t, lines, range, log, height, draw, extra, x, scale, at, sync }) {
    const place = document.getElementById(name);
    if (!place) return;
    place.replaceChildren();
    const key = keys(title, lines.filter(l => !l.silent), extra);
    place.append(key.row);
    const shown = lines.map((l, i) => [l, i]).filter(([l]) => !l.silent);
    const u = new uPlot({
      width: Math.max(place.clientWidth, 200), height, padding: [6, right, 0, 0], legend: { show: false },
      cursor: {
        y: false, points: { size: 5 },
        drag: { x: sync, y: false },
        sync: sync ? { key: "time", scales: ["x", null], filters: { pub: type => type !== "mousedown" && type !== "mouseup" } } : undefined,
        bind: { dblclick: () => () => { if (sync) zoom(data.from, data.to); return null; } },
      },
      scales: { x: { time: false, range: (u, min, max) => [min, max] }, y: { distr: log ? 3 : 1, range } },
      axes: axes(log, x),
      series: [{}, ...lines.map(l => ({
        stroke: theme.of(l.colour), width: l.width ?? 1.5, dash: dashes[l.dash], fill: l.fill ? theme.of(l.colour) + "22" : undefined,
        points: { show: l.points ?? ((u, i, from, to) => to - from < 3) }, spanGaps: false,
      }))],
      hooks: {
        drawAxes: draw?.under ? [draw.under] : [],
        draw: draw?.over ? [draw.over] : [],
        setScale: [(u, which) => { if (sync && which === "x") follow(u); }],
        setCursor: [u => {
          const i = u.cursor.idx;
          shown.forEach(([l, n], k) => { key.values[k].textContent = i == null ? "" : figure(u.data[n + 1][i]); });
          key.at.textContent = i == null ? "" : at(u, i);
        }],
      },
    }, [t, ...lines.map(l => l.data)], place);
    if (scale) u.setScale("x", scale);
    charts.push({ u, place, sync });
    return u;
  }

  // spoken is the time where the pointer is; what changed there stands below the charts.
  function spoken(u, i) {
    const t = u.data[0][i], reach = 4 * (u.scales.x.max - u.scales.x.min) / u.over.clientWidth;
    const near = data.marks.filter(m => Math.abs(m.t - u.posToVal(u.cursor.left, "x")) <= reach);
    document.getElementById("legend").textContent = near.map(m => clock(m.t) + " " + m.text).join(" \u00b7 ") || legend;
    return clock(t) + "  " + utc(t);
  }

  // all charts over time show the same stretch of it.
  let shownFrom = data.from, shownTo = data.to, following = false;
  function zoom(from, to) {
    shownFrom = from;
    shownTo = to;
    following = true;
    for (const c of charts) if (c.sync) c.u.setScale("x", { min: from, max: to });
    following = false;
    document.body.classList.toggle("zoomed", from !== data.from || to !== data.to);
  }
  function follow(u) {
    const { min, max } = u.scales.x;
    if (!following && (min !== shownFrom || max !== shownTo)) zoom(min, max);
  }

  function overTime(name, options) {
    chart(name, {
      sync: true, at: spoken, scale: { min: shownFrom, max: shownTo },
      x: { incrs: steps, space: 70, values: (u, list) => list.map(clock) },
      ...options,
      draw: { under: options.under, over: u => { options.over?.(u); drawMarks(u, name === "tps"); } },
    });
  }

  function rampLegend() {
    const legend = element("span", "0.1%");
    const ramp = element("span", "", "ramp");
    for (const c of theme.heat) {
      const cell = element("i");
      cell.style.background = c;
      ramp.append(cell);
    }
    legend.append(ramp, "100% of a column's successes");
    return legend;
  }

  function drawTime() {
    const s = data.seconds, slo = data.slo[0];
    const limit = slo == null ? [] : [{ name: "SLO " + figure(slo), colour: "slo", dash: "dash", data: s.t.map(() => null) }];
    overTime("tps", {
      title: "TPS", t: s.t, height: 170, range: linear(),
      lines: [
        { name: "ok", colour: "ok", data: s.ok, fill: true },
        { name: "failed", colour: "failed", data: s.failed },
        ...(some(s.asked) ? [{ name: "asked", colour: "dim", data: s.asked, dash: "dash", width: 1 }] : []),
      ],
    });
    overTime("latency", {
      title: "Latency ms", t: s.t, height: 190, log: true, range: logarithmic(slo == null ? [] : [slo]),
      lines: [
        { name: "max", colour: "dim", data: s.max, width: 0.75 },
        { name: "p50", colour: "ok", data: s.p50, dash: "dots" },
        { name: "p90", colour: "model", data: s.p90, width: 1 },
        { name: "p99", colour: "p99", data: s.p99, width: 1.75 },
        ...limit,
      ],
      over: u => { if (slo != null) drawLimit(u, slo); },
    });
    const edges = data.heat.edges;
    overTime("heat", {
      title: "Heat map ms", t: data.heat.t, height: 170, log: true, range: () => edges.length ? [edges[0], edges[edges.length - 1]] : [1, 1000],
      lines: [{ silent: true, colour: "dim", data: data.heat.t.map(() => null) }], extra: rampLegend(),
      under: drawHeat, over: u => { if (slo != null) drawLimit(u, slo); },
      at: (u, i) => {
        const y = u.cursor.top, total = data.heat.columns[i].reduce((a, b) => a + b, 0);
        const b = y >= 0 ? edges.findLastIndex(e => e <= u.posToVal(y, "y")) : -1;
        const n = data.heat.columns[i][b];
        return (n ? figure(n) + " of " + figure(total) + " from " + figure(edges[b]) + " to " + figure(edges[b + 1]) + " ms  " : figure(total) + " successes  ") + spoken(u, i);
      },
    });
    overTime("failed", {
      title: "Errors /s", t: data.heat.t, height: 130, range: linear(),
      lines: data.kinds.map((k, i) => ({ name: k.name, colour: ["failed", "p99", "other", "model", "dim"][i], data: k.failed, fill: i === 0 })),
    });
    overTime("users", {
      title: "Users", t: s.t, height: 130, range: linear(),
      lines: [
        { name: "users", colour: "ok", data: s.users, width: 3 },
        { name: "in flight", colour: "p99", data: s.in_flight, width: 1 },
      ],
    });
    overTime("own", { title: "Own CPU", t: s.t, height: 90, range: linear(105), lines: [{ name: "% of the client's cores", colour: "ok", data: s.cpu, width: 1 }] });
    const v = data.server;
    const lines = [
      { name: v.per_core ? "CPU % of all cores" : "CPU %, summed over cores", colour: "ok", data: v.cpu, width: 2 },
      { name: "memory %", colour: "model", data: v.memory },
      { name: "GPU %, summed over GPUs", colour: "other", data: v.gpu },
    ].filter(l => some(l.data));
    overTime("cpu", { title: "CPU", t: v.t, height: 140, range: linear(v.per_core && !some(v.gpu) ? 105 : undefined), lines });
    overTime("model", {
      title: "ModelLatency ms", t: v.t, height: 150, log: true, range: logarithmic(),
      lines: [
        { name: "mean", colour: "ok", data: v.model, width: 2 },
        { name: "p99", colour: "p99", data: v.model_p99 },
        { name: "OverheadLatency mean", colour: "other", data: v.overhead },
      ],
    });
  }

  const nine = x => x === 0 ? "0" : x < 1 ? "p" + +((1 - 10 ** -x) * 100).toPrecision(3) : "p" + (100 - 100 * 10 ** -x).toFixed(Math.max(0, Math.round(x) - 2));

  function drawCurves() {
    const colours = { "response time": "ok", "from send": "model", "failures": "failed" }, slo = data.slo[0];
    let last = 1;
    data.curves.forEach(c => [c.firm, c.rough].forEach(list => list.forEach((v, i) => { if (v != null) last = Math.max(last, data.nines[i]); })));
    chart("curves", {
      title: "ms", t: data.nines, height: 240, log: true, range: logarithmic(slo == null ? [] : [slo]), scale: { min: 0, max: last }, sync: false,
      lines: data.curves.flatMap(c => [
        { name: c.name, colour: colours[c.name], data: c.firm.map((v, i) => v ?? c.rough[i]), width: 0, points: false },
        { silent: true, colour: colours[c.name], data: c.firm, width: 1.75, points: false },
        { silent: true, colour: colours[c.name], data: c.rough, dash: "dash", width: 1.25, points: false },
      ]),
      draw: { over: u => { if (slo != null) drawLimit(u, slo); } },
      x: { splits: () => [0, Math.log10(2), 1, 2, 3, 4, 5, 6, 7].filter(x => x <= last), values: (u, list) => list.map(nine) },
      at: (u, i) => {
        const x = data.nines[i];
        return "p" + (100 - 100 * 10 ** -x).toFixed(Math.max(1, Math.ceil(x)));
      },
    });
  }

  function drawAll() {
    for (const c of charts.splice(0)) c.u.destroy();
    readTheme();
    drawTime();
    drawCurves();
    const kinds = [["plan", "dashed: another load"], ["instances", "line: another number of instances"], ["event", "red tick: something in the log"]];
    legend = kinds.filter(([k]) => data.marks.some(m => m.kind === k)).map(([, words]) => words).join(" \u00b7 ");
    document.getElementById("legend").textContent = legend;
  }

  function fit() {
    for (const { u, place } of charts) {
      const width = Math.max(place.clientWidth, 200);
      if (width !== u.width) u.setSize({ width, height: u.height });
    }
  }

  drawAll();
  new ResizeObserver(fit).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  matchMedia("print").addEventListener("change", drawAll);
})();
