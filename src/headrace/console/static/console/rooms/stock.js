// The sheet of a count: each line is kept when it is left, and what a scanner types goes to its line.
(() => {
  "use strict";
  const sheet = document.querySelector("[data-count-sheet]");
  const scan = document.querySelector("[data-scan]");
  const LONGEST_QTY = 7; // digits; a longer number in a quantity's field is a scanned code

  const lineOf = (code) => sheet && [...sheet.querySelectorAll("[data-line]")].find((tr) => tr.dataset.line === code || (tr.dataset.gtin && tr.dataset.gtin === code));
  const stand = (line) => {
    sheet.querySelectorAll("tr.on").forEach((tr) => tr.classList.remove("on"));
    line.classList.add("on");
    const qty = line.querySelector("[data-qty]");
    if (qty) { qty.focus(); qty.select(); }
    line.scrollIntoView({ block: "center" });
  };
  const tell = (line, words, is) => {
    const told = document.createElement("span");
    told.className = is;
    told.textContent = words;
    line.querySelector("[data-told]").replaceChildren(told);
  };
  const progress = (now) => {
    const box = document.querySelector("[data-progress]"), words = box.querySelector("[data-progress-words]");
    box.querySelector("progress").value = now.counted;
    words.textContent = words.dataset.words.replace("{counted}", now.counted).replace("{lines}", now.lines).replace("{again}", now.to_recount);
    for (const [which, n] of Object.entries({ todo: now.lines - now.counted, again: now.to_recount, counted: now.counted })) {
      document.querySelector(`[data-which=${which}] .count`).textContent = n.toLocaleString(document.documentElement.lang);
    }
  };

  // Of one line, one entry at a time is under way: two at once may arrive in either order, and the earlier one would stand. What was changed
  // meanwhile goes out after the answer, or with the page when it is left.
  const underWay = new Set(), changed = new Map();
  const keep = async (qty) => {
    const line = qty.closest("[data-line]");
    if (underWay.has(line)) { changed.set(line, qty); return; }
    underWay.add(line);
    try { await sendEntry(qty, line); } finally { underWay.delete(line); }
    if (changed.delete(line)) keep(qty);
  };
  addEventListener("pagehide", () => { changed.forEach((qty, line) => sendEntry(qty, line)); changed.clear(); });

  const sendEntry = async (qty, line) => {
    const was = line.querySelector("[data-was]"), sent = qty.value.trim();
    if (sent === was.value) return;
    const body = new FormData();
    body.set("csrfmiddlewaretoken", /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? sheet.elements.csrfmiddlewaretoken.value);
    body.set("rows.0.sku", line.dataset.line);
    body.set("rows.0.was", was.value);
    body.set("rows.0.rounds", line.querySelector("[data-rounds]").value); // sent twice, it counts once
    body.set("rows.0.counted", sent);
    try {
      const answer = await fetch(sheet.action, { method: "POST", body, headers: { "X-Deed": "1", Accept: "application/json" }, keepalive: true });
      const told = await answer.json();
      if (told.sign_in) { window.headrace.ended(told.sign_in); return; }
      const why = answer.ok ? told.refused[line.dataset.line] : told.says;
      qty.toggleAttribute("aria-invalid", Boolean(why));
      if (why) { qty.setAttribute("aria-invalid", "true"); tell(line, why, "fault"); return; }
      was.value = sent;
      tell(line, sheet.dataset.saved, "good");
      progress(told);
    } catch {
      tell(line, sheet.dataset.failed, "fault");
    }
  };

  sheet?.addEventListener("change", (event) => { if (event.target.matches("[data-qty]")) keep(event.target); });
  sheet?.addEventListener("keydown", (event) => {
    const qty = event.target;
    if (event.key !== "Enter" || !qty.matches("[data-qty]")) return;
    event.preventDefault(); // Enter ends a line, it does not send the page
    const typed = qty.value.trim(), line = typed.length > LONGEST_QTY || /\D/.test(typed) ? lineOf(typed) : null;
    if (line || typed.length > LONGEST_QTY) { // the scanner was quicker than the hand
      qty.value = qty.closest("[data-line]").querySelector("[data-was]").value;
      if (line) stand(line); else { scan.elements.scan.value = typed; scan.requestSubmit(); }
      return;
    }
    const all = [...sheet.querySelectorAll("[data-qty]")];
    const next = all[all.indexOf(qty) + 1];
    if (next) { next.focus(); next.select(); } else { qty.blur(); scan.elements.scan.focus(); }
  });
  scan?.addEventListener("submit", (event) => {
    const line = lineOf(scan.elements.scan.value.trim());
    if (!line) return; // the server knows where it is
    event.preventDefault();
    scan.elements.scan.value = "";
    stand(line);
  });
})();
