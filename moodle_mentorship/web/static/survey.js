// A questionnaire being answered: saves as the person types, hides questions that are not asked, counts what is left.
// Without this script the page shows every question and is sent as a whole.
"use strict";

(() => {
  const form = document.querySelector("form[data-survey]");
  if (!form) return;

  const items = [...form.querySelectorAll("[data-item]")];
  const by = new Map(items.map((item) => [item.dataset.item, item]));
  const status = document.querySelector("[data-status]");
  const key = `mentorship.survey.${form.dataset.survey}`;
  // An anonymous questionnaire: until it is sent, it is nowhere but here.
  const local = !("save" in form.dataset);
  const PAUSE = 700;
  const LONGEST_WAIT = 30000;

  // What the server doesn't have yet, by item; and what it refused, which stays in its field until it is changed.
  let pending = {};
  let flying = {};
  let refused = new Set();
  let busy = false;
  let stopped = false;
  let timer = 0;
  let wait = 2000;

  const inputs = (item) => [...item.querySelectorAll("input, textarea")];

  function valueOf(item) {
    const fields = inputs(item);
    const chosen = fields.filter((field) => field.checked).map((field) => field.value);
    switch (item.dataset.type) {
      case "text":
        return fields[0].value.trim() || null;
      case "matrix": {
        const start = `a.${item.dataset.item}.`.length;
        const given = fields.filter((field) => field.checked).map((field) => [field.name.slice(start), field.value]);
        return given.length ? Object.fromEntries(given) : null;
      }
      case "multiple":
      case "slots":
        return chosen.length ? chosen : null;
      case "file":
        return item.dataset.attached ?? null;
      default:
        return chosen[0] ?? null;
    }
  }

  function put(item, value) {
    for (const field of inputs(item)) {
      if (item.dataset.type === "text") field.value = value ?? "";
      else if (item.dataset.type === "matrix") {
        field.checked = value?.[field.name.slice(`a.${item.dataset.item}.`.length)] === field.value;
      } else field.checked = Array.isArray(value) ? value.includes(field.value) : value === field.value;
    }
  }

  function words(value) {
    if (Array.isArray(value)) return value;
    return value !== null && typeof value === "object" ? Object.values(value) : [value];
  }

  // Which questions these answers lead to, how far the person has come, and how long the rest takes.
  function arrange() {
    const answered = new Map();
    let asked = 0;
    let seconds = 0;
    for (const item of items) {
      const { if: parent, values } = item.dataset;
      const wanted = values?.split(" ") ?? [];
      const shown = !parent || (answered.has(parent) && words(answered.get(parent)).some((word) => wanted.includes(word)));
      item.hidden = !shown;
      if (!shown) continue;
      asked += 1;
      const value = valueOf(item);
      if (value === null) seconds += Number(item.dataset.effort);
      else answered.set(item.dataset.item, value);
    }
    for (const section of form.querySelectorAll("[data-section]")) {
      section.hidden = ![...section.querySelectorAll("[data-item]")].some((item) => !item.hidden);
    }
    const count = document.querySelector("[data-answered]");
    count.textContent = count.dataset.answered.replace("{done}", answered.size).replace("{asked}", asked);
    const left = document.querySelector("[data-left]");
    const phrases = JSON.parse(left.dataset.left);
    left.textContent = phrases[Math.min(Math.ceil(seconds / 60), phrases.length - 1)];
    const bar = document.querySelector(".k-save progress");
    bar.max = asked;
    bar.value = answered.size;
  }

  function say(kind, icon, text) {
    status.className = `k-push k-state ${kind}`;
    status.querySelector("i").className = `bi bi-${icon}`;
    status.querySelector("span").textContent = text;
  }

  function wrong(code, text) {
    const line = document.getElementById(`e-${code}`);
    line.hidden = !text;
    line.querySelector("span").textContent = text ?? "";
    const item = by.get(code);
    const target = item.dataset.type === "text" ? inputs(item)[0] : item;
    if (text) target.setAttribute("aria-invalid", "true");
    else target.removeAttribute("aria-invalid");
    if (text) refused.add(code);
    else refused.delete(code);
  }

  // The browser's own memory may be closed to a framed page; then the page itself is the only copy. What only the
  // curator may read is never left there: whoever sits down at this computer next could.
  function remember() {
    const kept = Object.entries({ ...flying, ...pending }).filter(([code]) => !("private" in by.get(code).dataset));
    try {
      if (kept.length) {
        const revision = form.elements.revision.value;
        sessionStorage.setItem(key, JSON.stringify({ revision, answers: Object.fromEntries(kept) }));
      } else sessionStorage.removeItem(key);
    } catch {
      // Nothing to be done.
    }
  }

  // Answers that an earlier visit of this tab could not send. Where the server has heard nothing since, they are sent
  // now; where it has, they are older than what it holds, and only shown beside it.
  function bringBack() {
    let memory;
    try {
      memory = JSON.parse(sessionStorage.getItem(key));
    } catch {
      memory = null;
    }
    for (const [code, value] of Object.entries(memory?.answers ?? {})) {
      const item = by.get(code);
      if (!item || JSON.stringify(valueOf(item)) === JSON.stringify(value)) continue;
      if (memory.revision === form.elements.revision.value) {
        put(item, value);
        pending[code] = value;
      } else wrong(code, form.dataset.unsent.replace("{answer}", told(item, value)));
    }
    refused.clear();
    remember();
  }

  function told(item, value) {
    if (item.dataset.type === "text") return value ?? "—";
    const now = valueOf(item);
    put(item, value);
    const chosen = inputs(item).filter((field) => field.checked);
    put(item, now);
    const words = chosen.map((field) => field.ariaLabel ?? field.closest("label").textContent.trim());
    return words.join(", ") || "—";
  }

  function tooLong(item) {
    return item.dataset.type === "text" && inputs(item)[0].value.trim().length > Number(inputs(item)[0].dataset.longest);
  }

  function changed(item) {
    const code = item.dataset.item;
    const value = valueOf(item);
    if (tooLong(item)) {
      delete pending[code];
      wrong(code, form.dataset.tooLong.replace("{longest}", inputs(item)[0].dataset.longest));
      say("warn", "exclamation-circle", status.dataset.wrong);
    } else {
      wrong(code, null);
      pending[code] = value;
    }
    remember();
    arrange();
    schedule(PAUSE);
  }

  function schedule(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function request(sent, keepalive) {
    return fetch(form.dataset.save, {
      method: "PATCH",
      keepalive,
      headers: {
        "Content-Type": "application/json",
        "X-CSRF-Token": form.elements.csrf_token.value,
      },
      body: JSON.stringify({
        version: Number(form.elements.version.value),
        correcting: form.elements.correcting.value === "yes",
        answers: sent,
      }),
    });
  }

  async function save() {
    if (local) {
      say("ok", "laptop", status.dataset.local);
      return;
    }
    if (busy || stopped || !Object.keys(pending).length) return;
    busy = true;
    const sent = pending;
    flying = sent;
    pending = {};
    say("now", "arrow-repeat", status.dataset.saving);
    try {
      const answer = await request(sent, false);
      const told = await answer.json();
      if (answer.ok) kept(told);
      else if (answer.status === 422 && told.errors?.answers) {
        for (const [code, messages] of Object.entries(told.errors.answers)) {
          if (by.has(code)) wrong(code, [].concat(messages).join(" "));
          delete sent[code];
        }
        pending = { ...sent, ...pending };
      } else {
        pending = { ...sent, ...pending };
        // A refusal that the same request would meet again; a fault or a busy server is worth another try.
        stopped = answer.status < 500 && answer.status !== 429;
        say("bad", "exclamation-circle", `${told.title}. ${told.detail}`);
        if (!stopped) retry();
      }
    } catch {
      pending = { ...sent, ...pending };
      say("warn", "cloud-slash", status.dataset.offline);
      retry();
    }
    busy = false;
    flying = {};
    remember();
    if (!stopped && Object.keys(pending).length && !timerWaits) schedule(PAUSE);
  }

  let resting = null;
  let timerWaits = false;
  function retry() {
    timerWaits = true;
    setTimeout(() => {
      timerWaits = false;
      save();
    }, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  function kept(told) {
    wait = 2000;
    form.elements.revision.value = told.revision;
    form.elements.version.value = told.version;
    if (told.newer) form.querySelector("[data-newer-note]").hidden = false;
    const time = new Date(told.saved_at).toLocaleTimeString(document.documentElement.lang, {
      hour: "2-digit",
      minute: "2-digit",
    });
    if (refused.size) say("warn", "exclamation-circle", status.dataset.wrong);
    else say("ok", "cloud-check", status.dataset.saved.replace("{time}", time));
  }

  form.addEventListener("input", ({ target }) => {
    const item = target.closest("[data-item]");
    // A file goes with its own button.
    if (target.type === "file") wrong(item.dataset.item, null);
    else changed(item);
  });
  window.addEventListener("online", save);
  window.addEventListener("pagehide", () => {
    // A page that closes sends what it can; what it can't, its memory brings back.
    const unsent = { ...flying, ...pending };
    if (Object.keys(unsent).length && !stopped && !local) request(unsent, true).catch(() => {});
  });
  form.addEventListener("submit", (event) => {
    const long = items.find(tooLong);
    const heavy = [...form.querySelectorAll("input[type=file]")].find((field) => !field.validity.valid);
    if (form.dataset.sent) {
      event.preventDefault();
    } else if (long) {
      // A request as large as that may be cut off, and this page with it.
      event.preventDefault();
      say("warn", "exclamation-circle", status.dataset.wrong);
      inputs(long)[0].focus();
    } else if (heavy) {
      event.preventDefault();
      wrong(heavy.closest("[data-item]").dataset.item, heavy.validationMessage);
      heavy.focus();
    } else if (!navigator.onLine || timerWaits) {
      // A form sent without a connection would leave this page and all that is on it.
      event.preventDefault();
      say("warn", "cloud-slash", `${status.dataset.offline} ${status.dataset.wait}`);
      save();
    } else {
      form.dataset.sent = "yes";
      // A second click changes nothing, and it is seen that it need not.
      resting = [status.className, status.innerHTML];
      event.submitter?.classList.add("disabled");
      say("", "cloud-arrow-up", status.dataset.sending);
      stopped = true;
      pending = {};
      remember();
    }
  });
  // Coming back to a page that the browser kept, its button works again.
  window.addEventListener("pageshow", () => {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll(".disabled")) button.classList.remove("disabled");
    if (resting) [status.className, status.innerHTML] = resting;
    stopped = false;
  });

  for (const line of form.querySelectorAll(".k-cond")) line.hidden = true;
  bringBack();
  arrange();
  if (Object.keys(pending).length) save();
})();
