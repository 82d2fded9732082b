(function () {
  "use strict";
  var root = document.documentElement;
  var button = document.querySelector(".theme");
  function dark() {
    var set = root.getAttribute("data-theme");
    return set ? set === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function name() { button.textContent = dark() ? "Light" : "Dark"; button.setAttribute("aria-label", "Show the page in " + (dark() ? "light" : "dark") + " colours"); }
  button.hidden = false;
  name();
  button.addEventListener("click", function () { root.setAttribute("data-theme", dark() ? "light" : "dark"); name(); });
  document.querySelectorAll("[data-filter]").forEach(function (tool) {
    var rows = document.querySelectorAll(tool.getAttribute("data-filter"));
    var count = tool.querySelector("output");
    tool.hidden = false;
    function show(test) {
      var shown = 0;
      rows.forEach(function (row) { var ok = test(row); row.hidden = !ok; if (ok) { shown += 1; } });
      if (count) { count.textContent = shown + " of " + rows.length + " shown"; }
    }
    var search = tool.querySelector("input");
    if (search) {
      search.addEventListener("input", function () {
        var words = search.value.toLowerCase().split(/\s+/);
        var folded = document.querySelector("details.more");
        if (folded && search.value) { folded.open = true; }
        show(function (row) { var text = row.textContent.toLowerCase(); return words.every(function (word) { return text.indexOf(word) >= 0; }); });
      });
    }
    tool.querySelectorAll("button").forEach(function (choice) {
      choice.addEventListener("click", function () {
        tool.querySelectorAll("button").forEach(function (other) { other.setAttribute("aria-pressed", String(other === choice)); });
        var only = choice.getAttribute("data-only");
        show(function (row) { return !only || row.hasAttribute("data-" + only); });
      });
    });
  });
})();
