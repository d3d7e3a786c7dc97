/* 销控图：记住选中的房，换格后放回选中与焦点；打印。没有它图照样能用。 */
(() => {
  "use strict";
  const doc = document;
  let chosen = "", focused = "";
  const cell = (href) => href && doc.querySelector(`.board .unit[href="${href}"]`);
  const mark = () => {
    doc.querySelectorAll(".unit.is-selected").forEach((el) => { el.classList.remove("is-selected"); el.removeAttribute("aria-current"); });
    const el = cell(chosen);
    el?.classList.add("is-selected");
    el?.setAttribute("aria-current", "true");
  };
  doc.addEventListener("click", (event) => {
    const el = event.target.closest?.(".board .unit");
    if (el) { chosen = el.getAttribute("href"); mark(); }
    if (event.target.closest?.("[data-print]")) window.print();
  });
  doc.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const at = doc.activeElement;
    focused = detail.target.id === "board" && at?.matches(".board .unit") ? at.getAttribute("href") : "";
  });
  doc.addEventListener("htmx:afterSettle", () => {
    mark();
    const el = cell(focused);
    if (el) {
      doc.querySelectorAll(".board [tabindex='0']").forEach((stop) => { stop.tabIndex = -1; });
      el.tabIndex = 0;
      el.focus({ preventScroll: true });
    }
    focused = "";
  });
})();
