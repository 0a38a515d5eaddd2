// Walks through the product in Firefox as a teacher does: Moodle, the course, our page in its frame.
//
// stdin: {executable, preferences, moodle, tool, people: [{username, pages, click}]}
// stdout: for each person how they came in and how each page answered. A fault ends the process with its message.
import puppeteer from "puppeteer-core";

const asked = JSON.parse(await new Response(process.stdin).text());
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function until(what, question, seconds = 20) {
  const limit = Date.now() + seconds * 1000;
  for (;;) {
    // While a frame goes from page to page there is nobody to ask.
    const found = await question().catch(() => null);
    if (found) return found;
    if (Date.now() > limit) throw new Error(`${what}: not within ${seconds} s`);
    await pause(50);
  }
}

const ours = (page) => page.frames().find((frame) => frame !== page.mainFrame() && frame.url().startsWith(asked.tool));

const click = (frame, selector, words) =>
  frame.evaluate(
    (selector, words) => {
      const found = [...document.querySelectorAll(selector)].find((element) => element.textContent.trim() === words);
      found?.click();
      return Boolean(found);
    },
    selector,
    words,
  );

/** Our page once it stands; on the way a browser that keeps nothing is asked to go on, and who it is. */
async function arrive(page) {
  const steps = [];
  const frame = await until("our page in Moodle's frame", async () => {
    const frame = ours(page);
    if (!frame) return null;
    if (await click(frame, ".k-now a", "Продолжить здесь")) steps.push("here");
    else if (await click(frame, ".k-now button", "Продолжить")) steps.push("yes");
    return (await frame.$(".k-tabs")) && frame;
  });
  return { frame, steps: [...new Set(steps)] };
}

/** What the frame shows once the old page is gone. */
async function settle(page) {
  return until("the next page", async () => {
    const frame = ours(page);
    return frame?.evaluate(() => {
      const standing = !window.leaving && document.readyState === "complete";
      return (
        standing && {
          path: location.pathname,
          heading: document.querySelector("main h1")?.textContent.trim() ?? "",
          styled: getComputedStyle(document.querySelector(".k-tabs") ?? document.body).display === "flex",
          said: Boolean(document.querySelector("[role=status]")),
        }
      );
    });
  });
}

async function walk(browser, person) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.goto(`${asked.moodle}/`);
  await Promise.all([
    page.waitForNavigation(),
    page.evaluate(
      (name) => document.querySelector(`form:has(input[name="username"][value="${name}"]) button`).click(),
      person.username,
    ),
  ]);
  const { frame, steps } = await arrive(page);
  const first = await settle(page);
  const prefix = first.path.startsWith("/~") ? first.path.split("/").slice(0, 2).join("/") : "";
  const pages = [];
  for (const address of person.pages) {
    await ours(page).evaluate((address) => {
      window.leaving = true;
      setTimeout(() => location.assign(address), 0);
    }, prefix + address);
    pages.push({ address, ...(await settle(page)) });
  }
  let written = null;
  if (person.click) {
    await ours(page).evaluate((address) => {
      window.leaving = true;
      setTimeout(() => location.assign(address), 0);
    }, `${prefix}/`);
    await settle(page);
    await ours(page).evaluate(() => {
      window.leaving = true;
    });
    if (!(await click(ours(page), "button", person.click))) throw new Error(`no button «${person.click}»`);
    written = await settle(page);
    await ours(page).evaluate(() => {
      window.leaving = true;
      setTimeout(() => location.reload(), 0);
    });
    written.reloaded = await settle(page);
  }
  await context.close();
  return { username: person.username, steps, prefix, first, pages, written, frame: Boolean(frame) };
}

const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: asked.executable,
  headless: true,
  acceptInsecureCerts: true,
  extraPrefsFirefox: asked.preferences,
});
try {
  const people = [];
  for (const person of asked.people) people.push(await walk(browser, person));
  console.log(JSON.stringify({ version: await browser.version(), people }));
} finally {
  await browser.close();
}
