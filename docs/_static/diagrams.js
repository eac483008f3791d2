// Draws the diagrams of a page, in the colours of its theme, and again when the theme changes.
(() => {
  const diagrams = [...document.querySelectorAll("pre.mermaid")];
  const texts = diagrams.map((one) => one.textContent);
  const system = matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    const chosen = document.body.dataset.theme;
    return chosen === "dark" || (chosen !== "light" && system.matches);
  }

  async function draw() {
    diagrams.forEach((one, index) => {
      one.removeAttribute("data-processed");
      one.textContent = texts[index];
    });
    const size = { useMaxWidth: false }; // a wide one scrolls, so that its words stay readable
    const theme = isDark() ? "dark" : "neutral";
    mermaid.initialize({ startOnLoad: false, theme, flowchart: size, state: size });
    await mermaid.run({ nodes: diagrams });
  }

  document.addEventListener("DOMContentLoaded", () => {
    draw();
    new MutationObserver(draw).observe(document.body, { attributeFilter: ["data-theme"] });
    system.addEventListener("change", draw);
  });
})();
