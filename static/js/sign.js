/* 签名：在画布上写，笔迹按千分坐标放进隐藏项。没有它，写下全名同样有效。 */
(() => {
  "use strict";
  const pad = document.querySelector("[data-sign]");
  const field = pad && document.getElementById(pad.getAttribute("data-sign"));
  const clear = document.querySelector("[data-sign-clear]"), pen = pad?.getContext?.("2d");
  if (!field || !pen) return;
  pad.hidden = clear.hidden = false;
  let strokes = [], now = null;
  try { strokes = JSON.parse(field.value || "[]"); } catch { strokes = []; }
  const draw = () => {
    pen.clearRect(0, 0, pad.width, pad.height);
    Object.assign(pen, { lineWidth: 8, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    strokes.forEach((stroke) => {
      pen.beginPath();
      stroke.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.stroke();
    });
  };
  const at = (event) => {
    const box = pad.getBoundingClientRect(), inside = (value, top) => Math.min(Math.max(Math.round(value), 0), top);
    return [inside((event.clientX - box.left) / box.width * 1000, 1000), inside((event.clientY - box.top) / box.height * 500, 500)];
  };
  const keep = () => { field.value = strokes.length ? JSON.stringify(strokes) : ""; };
  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    strokes.push(now = [at(event)]);
  });
  pad.addEventListener("pointermove", (event) => {
    if (!now) return;
    const point = at(event), last = now[now.length - 1];
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) < 4) return;
    now.push(point);
    draw();
  });
  const end = () => { now = null; keep(); };
  pad.addEventListener("pointerup", end);
  pad.addEventListener("pointercancel", end);
  clear.addEventListener("click", () => { strokes = []; keep(); draw(); });
  draw();
})();
