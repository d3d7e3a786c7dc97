/* 页面小动作；没有它，每页每表照样能用。不求值、不写样式、不出本站。约定见 docs/design.md。 */
(() => {
  "use strict";
  const doc = document, root = doc.documentElement, data = (el, name) => el.getAttribute("data-" + name);
  const all = (selector, from = doc) => [...from.querySelectorAll(selector)];
  const floor = Math.floor, shown = (el) => el.getClientRects().length > 0;
  const later = (act, ms = 0) => setTimeout(act, ms);
  const listen = (type, act, early) => doc.addEventListener(type, act, early);
  const on = (type, selector, act) => listen(type, (event) => {
    const el = event.target.closest?.(selector);
    if (el) act(el, event);
  });
  const htmx = (type, act) => listen("htmx:" + type, (event) => act(event.detail, event));
  const kept = (area, act) => { try { return act(window[area]); } catch { return null; } };
  const session = (act) => kept("sessionStorage", act);
  root.classList.add("js");

  const toast = (text, bad) => {
    const el = Object.assign(doc.createElement("div"), { className: bad ? "toast toast--bad" : "toast", textContent: text });
    doc.getElementById("toasts")?.append(el);
    later(() => el.remove(), 6000);
  };
  on("click", "[data-dismiss]", (el) => (el.closest("[data-toast]") || el.parentElement).remove());
  listen("toast", ({ detail }) => toast(detail.text || detail.value, detail.level === "bad"));

  // --- dialogs
  on("click", "[data-dialog]", (el, event) => {
    const dialog = doc.getElementById(data(el, "dialog"));
    if (!dialog?.showModal) return;
    event.preventDefault();
    if (!dialog.open) dialog.showModal();
  });
  on("click", "dialog", (el, event) => { if (event.target === el) el.close(); });

  // --- keyboard: `data-key="n"`, `data-key="g c"`; single keys rest while typing or when switched off
  const keysOff = () => kept("localStorage", (s) => s.getItem("keys-off") === "1");
  on("change", "[data-keys-off]", (el) => kept("localStorage", (s) => s.setItem("keys-off", el.checked ? "1" : "0")));
  const typing = (el) => el.isContentEditable || /^(TEXTAREA|SELECT)$/.test(el.tagName)
    || el.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(el.type);
  const press = (keys) => {
    const found = all("[data-key]", doc.querySelector("dialog[open]") || doc).filter((el) => data(el, "key") === keys);
    const el = found.find(shown) || found[0];
    if (!el || el.disabled || el.ariaDisabled === "true") return false;
    if (typing(el)) { el.focus(); el.select?.(); } else el.click();
    return true;
  };
  const step = (by) => {
    const rows = all("a.list__row, .list__row a.list__main, [data-row]").filter(shown), at = rows.indexOf(doc.activeElement) + by;
    rows[Math.min(Math.max(at, 0), rows.length - 1)]?.focus();
    return rows.length > 0;
  };
  const moveInGrid = (cell, key) => {
    const grid = cell.closest("[role=grid]"), up = { ArrowUp: -1, ArrowDown: 1 }[key] || 0;
    const rows = all("[role=row]", grid).map((row) => all("a, button", row)).filter((row) => row.length);
    const y = rows.findIndex((row) => row.includes(cell)), x = rows[y].indexOf(cell), row = rows[y + up];
    const to = row?.[up ? Math.min(x, row.length - 1) : x + (key === "ArrowLeft" ? -1 : 1)];
    if (!to) return;
    all("[tabindex='0']", grid).forEach((el) => { el.tabIndex = -1; });
    to.tabIndex = 0;
    to.focus();
  };
  let pending = "", timer = 0;
  listen("keydown", (event) => {
    const { key, target } = event;
    if (event.isComposing || event.altKey) return;
    if (key === "Escape" && target.closest("[role=search]")) target.blur();
    if (event.ctrlKey || event.metaKey) {
      const form = key === "Enter" && (target.closest("form") || doc.querySelector("form[data-save]"));
      if (form) { event.preventDefault(); form.requestSubmit?.(); }
      return;
    }
    if (key.startsWith("Arrow")) {
      const cell = target.closest("[role=grid] :is(a, button)");
      if (cell) { event.preventDefault(); moveInGrid(cell, key); }
    }
    if (key.length > 1 || typing(target) || keysOff()) return;
    const low = key.toLowerCase(), done = pending ? press(pending + " " + low) : low === "j" ? step(1) : low === "k" ? step(-1) : press(low);
    pending = !pending && !done && low === "g" ? "g" : "";
    clearTimeout(timer);
    timer = later(() => { pending = ""; }, 1200);
    if (done) event.preventDefault();
  });

  // --- deadlines, once a minute
  const span = (minutes) => {
    const d = floor(minutes / 1440), h = floor(minutes / 60) % 24, m = minutes % 60;
    if (d) return d + " 天" + (h ? ` ${h} 时` : "");
    return h ? h + " 时" + (m ? ` ${m} 分` : "") : m ? m + " 分" : "不到 1 分";
  };
  const count = () => all("[data-until]").forEach((el) => {
    const seconds = data(el, "until") - Date.now() / 1000, late = seconds <= 0, minutes = floor(Math.abs(seconds) / 60);
    el.textContent = late ? "逾期 " + (minutes < 1440 ? span(minutes) : floor(minutes / 1440) + " 天") : "剩 " + span(minutes);
    el.classList.toggle("t-bad", late);
    el.classList.toggle("t-warn", !late && seconds <= 86400);
  });
  setInterval(count, 60000);

  // --- polling: rests while hidden, errors slow it down
  const polls = {};
  const poll = () => doc.hidden || all("[data-poll]").forEach((el) => {
    const url = data(el, "url"), every = data(el, "poll") * 1000;
    const state = polls[url] ||= { every, due: Date.now() + every, slow: 1, etag: data(el, "etag") };
    if (state.busy || Date.now() < state.due || el.querySelector("dialog[open],[open] form,input:focus")) return;
    state.busy = true;
    window.htmx?.ajax("GET", url, {
      source: el, target: el, swap: "outerHTML",
      headers: { "X-Poll": "1", ...(state.etag && { "If-None-Match": state.etag }) },
    });
  });
  htmx("afterRequest", ({ pathInfo, xhr }) => {
    const state = polls[pathInfo.requestPath];
    if (!state?.busy) return;
    const fine = xhr.status >= 200 && xhr.status < 400;
    state.slow = fine ? 1 : Math.min(state.slow * 2, 32);
    state.due = Date.now() + state.every * state.slow;
    state.etag = fine && xhr.getResponseHeader("ETag") || state.etag;
    state.busy = false;
  });
  setInterval(poll, 1000);
  listen("visibilitychange", () => {
    if (doc.hidden) return;
    Object.values(polls).forEach((state) => { state.due = 0; });
    count();
    poll();
  });

  // --- answers: no login page inside a fragment, refusals get the focus, failures are said
  htmx("beforeSwap", (detail) => {
    const login = data(doc.body, "login"), at = detail.xhr.responseURL && new URL(detail.xhr.responseURL).pathname;
    if (detail.xhr.status !== 401 && (at !== login || location.pathname === login)) return;
    detail.shouldSwap = false;
    location.reload();
  });
  htmx("beforeRequest", ({ requestConfig }) => { if (requestConfig.verb !== "get") doc.getElementById("refusal")?.replaceChildren(); });
  htmx("afterSwap", ({ target }) => {
    if (target.id !== "refusal") return;
    all("dialog[open]").forEach((el) => el.close());
    target.focus();
    target.scrollIntoView({ block: "center" });
  });
  const fail = (words) => ({ elt, xhr }) => elt.hasAttribute("data-poll") || toast(xhr.status === 404 ? "找不到了，可能已被合并" : words, true);
  htmx("sendError", fail("网络断开，没有保存"));
  htmx("responseError", fail("系统出错，没有保存"));

  // --- forms: one tap, one request; drafts without numbers
  const busy = (form, is) => {
    form.toggleAttribute("data-sent", is);
    all("button", form).forEach((el) => {
      if (is ? el.type === "submit" && !el.disabled : el.hasAttribute("data-was")) { el.disabled = is; el.toggleAttribute("data-was", is); }
    });
  };
  listen("submit", (event) => {
    const form = event.target;
    if (form.getAttribute("method") !== "post") return;
    if (form.hasAttribute("data-sent")) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    session((s) => form.hasAttribute("data-logout") ? s.clear() : s.setItem("sent", data(form, "draft") || ""));
    later(() => busy(form, true));
    later(() => busy(form, false), 10000);
  }, true);
  htmx("afterRequest", ({ elt }) => { if (elt.closest("form")) busy(elt.closest("form"), false); });
  addEventListener("pageshow", (event) => { if (event.persisted) all("[data-sent]").forEach((form) => busy(form, false)); });
  on("change", "[data-autosubmit]", (el) => el.form.requestSubmit?.());
  const draft = (form) => "draft:" + data(form, "draft");
  const fields = (form) => all("input, select, textarea", form).filter((el) => el.name && el.name !== "key"
    && !/^(hidden|password|file|submit|button|tel)$/.test(el.type) && !el.closest("[data-private]"));
  on("input", "form[data-draft]", (form) => session((s) =>
    s.setItem(draft(form), JSON.stringify(fields(form).map((el) => [el.name, el.value, el.checked])))));
  const restore = (form) => session((s) => {
    const rows = JSON.parse(s.getItem(draft(form)) || "[]");
    if (!rows.length || form.querySelector(".is-error")) return;
    let changed = false;
    fields(form).forEach((el, i) => {
      const [name, value, checked] = rows[i] || [], box = /^(checkbox|radio)$/.test(el.type);
      if (name !== el.name || (box ? value !== el.value || checked === el.checked : !value || value === el.value)) return;
      if (box) el.checked = checked; else el.value = value;
      changed = true;
    });
    if (changed) toast("已恢复上次没保存的内容");
  });

  // --- small things
  on("click", "[data-copy]", (el) => {
    const from = data(el, "copy"), source = from[0] === "#" && doc.querySelector(from), text = source ? source.value || source.innerText : from;
    const byHand = () => {
      const box = Object.assign(doc.createElement("textarea"), { value: text, className: "sr-only" });
      el.after(box);
      box.select();
      const fine = doc.execCommand("copy");
      box.remove();
      el.focus();
      toast(fine ? "已复制" : "请长按选中后复制", !fine);
    };
    if (window.isSecureContext) navigator.clipboard.writeText(text).then(() => toast("已复制"), byHand); else byHand();
  });
  on("click", "[data-show]", (el) => {
    const input = doc.getElementById(data(el, "show")), show = input.type === "password";
    input.type = show ? "text" : "password";
    el.ariaPressed = show;
  });
  on("click", "[data-step]", (el) => {
    const input = el.parentElement.querySelector("[type=number]");
    if (data(el, "step") > 0) input.stepUp(); else input.stepDown();
    input.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // `ready` fires once when the field holds exactly that many digits: hx-trigger="ready"
  on("input", "[data-ready]", (el) => {
    const digits = el.value.normalize("NFKC").replace(/^\s*\+86/, "").replace(/\D/g, "");
    if (digits.length === +data(el, "ready") && el.digits !== digits) el.dispatchEvent(new Event("ready", { bubbles: true }));
    el.digits = digits;
  });
  on("submit", "[data-theme-form]", (form, event) => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    event.preventDefault();
    root.dataset.theme = dark ? "light" : "dark";
    doc.cookie = `theme=${root.dataset.theme};path=/;max-age=31536000;samesite=lax` + (location.protocol === "https:" ? ";secure" : "");
    later(() => busy(form, false));
    doc.dispatchEvent(new Event("themechange"));
  });

  const ready = (from) => {
    all("[data-toast]:not(.toast--bad)", from).forEach((el) => later(() => el.remove(), 6000));
    all("form[data-draft]", from).forEach(restore);
    all("dialog[data-open]", from.parentElement || doc).forEach((el) => { el.removeAttribute("data-open"); el.close(); el.showModal(); });
    from.querySelector("[data-focus]")?.focus();
  };
  htmx("load", ({ elt }) => ready(elt));
  if (!window.htmx) ready(doc.body);
  session((s) => {
    const sent = s.getItem("sent");
    s.removeItem("sent");
    if (sent && !all("form[data-draft]").some((form) => data(form, "draft") === sent)) s.removeItem("draft:" + sent);
  });
  all("[data-keys-off]").forEach((el) => { el.checked = keysOff(); });
  if (doc.querySelector("#refusal > *")) doc.getElementById("refusal").focus();
  count();
})();
