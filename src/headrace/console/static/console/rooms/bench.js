// The bench: scans from wherever the focus is, sent one by one in their order, each with an id under which it counts once; kept while the network is away.
(() => {
  "use strict";
  const bench = document.querySelector("[data-bench]");
  if (!bench) return;
  const here = bench.dataset.bench, words = bench.dataset;
  const goods = bench.querySelector("[data-goods]"), large = bench.querySelector("[data-said-large]"), notSent = bench.querySelector("[data-not-sent]");
  const field = () => bench.querySelector("[data-scan] [name=scan]");

  // What waits to be sent, kept for this tab whatever page it shows
  const KEPT = "headrace.bench", ANSWER_MS = 15000, AGAIN_MS = 1000, AGAIN_MAX_MS = 10000;
  const waiting = () => { try { return JSON.parse(sessionStorage.getItem(KEPT)) ?? []; } catch { return []; } };
  const keep = (list) => sessionStorage.setItem(KEPT, JSON.stringify(list));
  const newId = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const said = (text) => text.replace("{n}", waiting().length);

  // Signals: seen, heard, felt; sound and vibration can be switched off, and that is remembered
  const isOn = (signal) => localStorage.getItem(`headrace.bench.${signal}`) !== "off";
  const TONES = { good: [[880, 90]], all: [[660, 90], [880, 90], [1320, 160]], bad: [[220, 180], [165, 320]] };
  let audio = null;
  const sound = (tones) => {
    if (!isOn("sound") || !window.AudioContext || !navigator.userActivation?.hasBeenActive) return;
    audio ??= new AudioContext();
    audio.resume();
    let at = audio.currentTime;
    for (const [hertz, ms] of tones) {
      const tone = audio.createOscillator(), loud = audio.createGain();
      tone.frequency.value = hertz;
      loud.gain.setValueAtTime(0.25, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + ms / 1000);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at += ms / 1000);
    }
  };
  const signal = (kind) => {
    sound(TONES[kind]);
    if (isOn("vibration") && navigator.userActivation?.hasBeenActive) navigator.vibrate?.(kind === "bad" ? [160, 80, 160] : 40);
  };
  const show = (kind, code, text) => {
    large.className = `said ${kind === "bad" ? "bad" : "good"}`;
    large.querySelector("b").textContent = code;
    large.querySelector("span").textContent = text;
    requestAnimationFrame(() => large.classList.add("again"));
    signal(kind);
  };
  bench.querySelectorAll("[data-signal]").forEach((button) => {
    const name = button.dataset.signal;
    if (name === "vibration" && !navigator.vibrate) { button.remove(); return; }
    button.setAttribute("aria-pressed", String(isOn(name)));
    button.onclick = () => {
      localStorage.setItem(`headrace.bench.${name}`, isOn(name) ? "off" : "on");
      button.setAttribute("aria-pressed", String(isOn(name)));
      if (isOn(name)) signal("good");
    };
  });
  bench.querySelector("[data-signals]").hidden = false;

  // One is sent, answered and forgotten before the next goes
  const send = async (entry) => {
    const body = new FormData();
    for (const [name, value] of Object.entries(entry.fields)) body.set(name, value);
    const fresh = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie);
    body.set("csrfmiddlewaretoken", fresh?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(`/fulfilment/f/${entry.number}/${entry.door}`, {
      method: "POST", body, headers: { "X-Deed": "1", Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
    return answer.headers.get("Content-Type")?.startsWith("application/json") ? answer.json() : { good: false, code: entry.shown, words: words.failed };
  };
  const renew = (told) => {
    const had = goods.contains(document.activeElement) ? document.activeElement.id : "";
    goods.innerHTML = told.goods;
    document.querySelector("[data-state]").innerHTML = told.state;
    if (had) (document.getElementById(had) ?? field())?.focus();
    bench.querySelector("[data-unpicked]")?.toggleAttribute("hidden", told.is_picked);
  };
  const answered = (entry, told) => {
    if (entry.number !== here) { show(told.good ? "good" : "bad", `${entry.number}: ${told.code}`, told.words); return; }
    if (told.goods) renew(told);
    const isDone = told.good && told.is_picked && entry.door === "scan";
    show(isDone ? "all" : told.good ? "good" : "bad", told.code, told.words);
    if (isDone && !waiting().length) toThePack();
  };
  const toThePack = () => {
    const pack = bench.querySelector("[data-pack]");
    if (!pack) return;
    pack.querySelector("[data-closes]").classList.add("main");
    pack.scrollIntoView({ block: "nearest" });
    const weight = pack.querySelector("[data-weight]");
    weight?.focus();
    weight?.select();
  };

  let sending = false, isAway = false, isLeaving = false, pause = 0, timer = 0;
  const tell = () => {
    const n = waiting().length;
    bench.dataset.left = n;
    notSent.hidden = !n;
    notSent.classList.toggle("bad", isAway);
    if (n) notSent.textContent = said(isAway ? words.away : words.waits);
  };
  const pump = async () => {
    if (sending) return;
    sending = true;
    clearTimeout(timer);
    try {
      for (let entry = waiting()[0]; entry; [entry] = waiting()) {
        const told = await send(entry);
        isAway = false;
        pause = 0;
        if (told.sign_in) { isLeaving = true; window.headrace.ended(told.sign_in); return; } // what waits goes out after signing in
        keep(waiting().filter((one) => one.id !== entry.id));
        answered(entry, told);
        tell();
      }
    } catch {
      isAway = true;
      pause = Math.min(pause * 2 || AGAIN_MS, AGAIN_MAX_MS);
      timer = setTimeout(pump, pause);
    } finally {
      sending = false;
      tell();
    }
  };
  const post = (door, fields, shown, id) => {
    keep([...waiting(), { id, number: here, door, fields, shown }]);
    bench.dataset.left = waiting().length;
    setTimeout(tell, 300); // what is answered at once needs no word
    pump();
  };
  addEventListener("online", pump);
  addEventListener("beforeunload", (event) => { if (waiting().length && !isLeaving) event.preventDefault(); });

  const scanned = (code, qty = "1") => {
    const text = code.trim();
    if (!text) return;
    if (/^FO-\d+$/i.test(text) && text.toUpperCase() !== here && !waiting().length) { location.href = `/fulfilment/f/${text.toUpperCase()}`; return; }
    const id = newId();
    post("scan", { scan: text, qty, scan_id: id }, text, id);
  };

  bench.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-scan]")) {
      event.preventDefault();
      event.stopPropagation();
      scanned(form.elements.scan.value, form.elements.qty.value);
      form.elements.scan.value = "";
      form.elements.qty.value = "1";
      form.elements.scan.focus();
    } else if (form.matches("[data-takes-back]")) {
      event.preventDefault();
      event.stopPropagation();
      const id = newId(), fields = form.elements.scan_id ? { scan_id: form.elements.scan_id.value } : { scan: form.elements.scan.value };
      post("take-back", { ...fields, undo_id: id }, event.submitter?.dataset.code ?? here, id);
    } else if (waiting().length) {
      event.preventDefault();
      event.stopPropagation();
      show("bad", here, said(words.first));
    } else if (form.matches("[data-pack] form, [data-hands-over]")) {
      event.preventDefault();
      event.stopPropagation();
      close(form, event.submitter);
    }
  });

  // Packing and handing over: the form stays as it is while nobody answers
  const close = async (form, button) => {
    if (form.getAttribute("aria-busy")) return;
    form.setAttribute("aria-busy", "true");
    try {
      const body = new FormData(form, button?.name ? button : undefined);
      const answer = await fetch(form.action, { method: "POST", body, headers: { "X-Deed": "1", Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_MS) });
      const told = await answer.json();
      if (told.sign_in) { window.headrace.ended(told.sign_in); return; }
      if (told.next) {
        const next = new URL(told.next, location.href);
        if (next.pathname === location.pathname) location.reload(); else location.href = next.href;
        return;
      }
      bench.querySelector("[data-pack]").outerHTML = told.part;
      const pack = bench.querySelector("[data-pack]");
      weigh();
      const at = pack.querySelector("[aria-invalid]") ?? (button?.name === "add" ? [...pack.querySelectorAll("[data-parcel]")].at(-1).querySelector("[data-sku]") : pack.querySelector("[data-weight]"));
      at?.focus();
      if (pack.querySelector("[aria-invalid], .note.bad")) signal("bad");
    } catch {
      window.headrace.toast(document.getElementById("words").dataset.offline, () => close(form, button));
    } finally {
      form.removeAttribute("aria-busy");
    }
  };

  // Contents and weights, while they are typed: what goes into one parcel comes out of the first
  const number = (el) => (/^\d+$/.test(el.value) ? Number(el.value) : 0);
  const weigh = (changed) => {
    const pack = bench.querySelector("[data-pack]");
    if (!pack) return;
    const parcels = [...pack.querySelectorAll("[data-parcel]")], says = pack.dataset;
    if (changed?.dataset.sku) {
      const same = [...pack.querySelectorAll("[data-sku]")].filter((el) => el.dataset.sku === changed.dataset.sku);
      const rest = Number(changed.dataset.left) - same.slice(1).reduce((sum, el) => sum + number(el), 0);
      if (same[0] !== changed && rest >= 0) same[0].value = rest;
      const inside = same.reduce((sum, el) => sum + number(el), 0);
      for (const el of same) {
        const told = el.closest("li").querySelector("[data-sum]"), fits = inside === Number(el.dataset.left);
        told.textContent = says.sumSays.replace("{inside}", inside).replace("{left}", el.dataset.left);
        told.classList.toggle("bad", !fits);
        if (fits) el.removeAttribute("aria-invalid");
      }
    }
    for (const parcel of parcels) {
      const told = parcel.querySelector("[data-expected]"), fields = [...parcel.querySelectorAll("[data-sku]")].filter(number);
      if (parcel.querySelector("[data-sku]")) told.dataset.g = fields.length && fields.every((el) => el.dataset.eachG) ? fields.reduce((sum, el) => sum + number(el) * Number(el.dataset.eachG), 0) : "";
      else told.dataset.g ??= /\d+/.exec(told.textContent)?.[0] ?? "";
      const goodsG = Number(told.dataset.g), weight = parcel.querySelector("[data-weight]"), g = number(weight);
      const far = goodsG && weight.value && (g * 100 < goodsG * (100 - says.lighter) || g * 100 > goodsG * (100 + Number(says.heavier)) + says.packaging * 100);
      told.textContent = goodsG ? (far ? says.farSays : says.expectedSays).replace("{g}", goodsG) : "";
      told.classList.toggle("warn", Boolean(far));
    }
  };
  bench.addEventListener("input", (event) => { if (event.target.closest("[data-pack]")) weigh(event.target); });

  // A scanner types fast and ends with Enter or Tab, wherever the focus is
  const FAST_MS = 60, SLOW_MS = 1000, CHARS_MIN = 4; // in a field only what no hand can type is a scan; elsewhere whatever is typed is
  let burst = "", last = 0, before = null;
  const writes = (el) => el?.matches?.("input:not([type=checkbox], [type=radio], [type=hidden]), textarea, select");
  const take = (event, el) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (before && before.el === el) { el.value = before.value; el.dispatchEvent(new Event("input", { bubbles: true })); }
    scanned(burst);
    burst = "";
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const el = document.activeElement, isScanField = el === field(), isFast = event.timeStamp - last < (writes(el) && !isScanField ? FAST_MS : SLOW_MS);
    last = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      const isScan = isFast && burst.length >= CHARS_MIN && !el?.matches?.("[data-takes-scans]");
      if (isScan && !(isScanField && event.key === "Enter")) take(event, el);
      if (isScan && isScanField) { if (event.key === "Tab") el.value = ""; }
      burst = "";
      return;
    }
    if (event.key.length !== 1) return;
    if (!isFast || !burst) { burst = ""; before = writes(el) ? { el, value: el.value } : null; }
    burst += event.key;
    if (writes(el) || document.querySelector("dialog[open]") || event.key === " ") return;
    if (!isFast && "?/".includes(event.key)) return; // keys of the whole console, with which no code begins
    event.stopImmediatePropagation();
    field()?.focus(); // and the letter goes in there
  }, true);

  tell();
  pump();
})();
