// A prediction: its widgets as they are, without an explorer's frame.

export default explorer(({ root, controls, settings, place }) => {
  root.className = "cx-question";
  root.setAttribute("aria-label", settings.title);
  root.append(controls.box.el);
  // Arrows choose among the answers, not among the cells; all other keys are Jupyter's.
  const keep = ({ target, key }) => {
    if (target.type === "radio" && root.contains(target)) {
      target.toggleAttribute("data-lm-suppress-shortcuts", key.startsWith("Arrow"));
    }
  };
  window.addEventListener("keydown", keep, true);
  place.all.push(() => window.removeEventListener("keydown", keep, true));
  return () => {};
});
