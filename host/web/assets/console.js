// What the console's pages do better with a script. Without it everything works as well: by buttons that send the form.
"use strict";
document.documentElement.classList.add("js");
const form = document.getElementById("sso");
const words = document.getElementById("words")?.dataset;

document.getElementById("problems")?.focus();

for (const code of document.querySelectorAll("code.copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "quiet copier";
  button.textContent = words.copy;
  button.setAttribute("aria-label", words.copy + ": " + code.textContent);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = words.copied;
    document.getElementById("news").textContent = words.copied;
  });
  code.after(button);
}

for (const guarded of document.querySelectorAll("form[data-guard]")) guard(guarded);
if (form) {
  guard(form);
  chooseProvider();
  takeFiles();
  editRows();
}

// guard asks before typed things are left behind.
function guard(form) {
  let changed = form.classList.contains("wrong") || document.querySelector("main > .bad") !== null;
  form.addEventListener("input", () => { changed = true; });
  form.addEventListener("submit", () => { changed = false; });
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
}

// chooseProvider shows the guide of the provider that is chosen, and lets its own metadata come back where nothing else was typed.
function chooseProvider() {
  const url = form.elements.metadata_url, xml = form.elements.metadata_xml;
  const shown = form.elements.shown.value, kept = [url.value, xml.value];
  form.addEventListener("change", (event) => {
    if (event.target.name !== "provider") return;
    for (const guide of form.querySelectorAll(".guide")) {
      guide.hidden = guide.dataset.provider !== event.target.value;
      guide.open = !guide.hidden;
    }
    const back = event.target.value === shown;
    if (!back && url.value === kept[0] && xml.value === kept[1]) url.value = xml.value = "";
    if (back && !url.value && !xml.value) [url.value, xml.value] = kept;
  });
}

// takeFiles reads a chosen or dropped document into the field, where it can be seen before it is saved.
function takeFiles() {
  const xml = form.elements.metadata_xml, file = form.elements.metadata_file;
  const take = async (document) => {
    if (!document) return;
    xml.value = await document.text();
    file.value = "";
    xml.dispatchEvent(new Event("input", { bubbles: true }));
  };
  file.addEventListener("change", () => take(file.files[0]));
  xml.addEventListener("dragover", (event) => { event.preventDefault(); xml.classList.add("over"); });
  xml.addEventListener("dragleave", () => xml.classList.remove("over"));
  xml.addEventListener("drop", (event) => {
    xml.classList.remove("over");
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}

// editRows adds and removes rows in place, and keeps the line of what a row gives.
function editRows() {
  let next = 100000; // numbers only keep rows apart
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.add) {
      event.preventDefault();
      add(button);
    } else if (button?.classList.contains("remove")) {
      event.preventDefault();
      const row = button.closest(".row");
      const to = (row.nextElementSibling ?? row.previousElementSibling)?.querySelector("input:not([type=hidden])") ?? row.parentElement.nextElementSibling;
      row.remove();
      to.focus();
      form.dispatchEvent(new Event("input"));
    }
  });
  form.addEventListener("change", (event) => {
    const grants = event.target.closest(".row details");
    if (!grants) return;
    grants.querySelector(".chosen").replaceChildren(...[...grants.querySelectorAll(":checked")].flatMap((box) => {
      const chip = document.createElement("span");
      chip.className = "chip";
      chip.textContent = box.parentElement.textContent.trim();
      return [chip, " "];
    }));
  });
  function add(button) {
    const blank = form.querySelector(`template[data-blank="${button.dataset.add}"]`).content.cloneNode(true);
    const number = String(next++);
    for (const element of blank.querySelectorAll("*")) {
      for (const attribute of ["id", "name", "for"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace("[N]", `[${number}]`).replace(/-N(?=-|$)/, "-" + number));
      }
      if (element.type === "hidden") element.value = number;
    }
    const row = blank.querySelector(".row");
    row.querySelector("details").open = true;
    document.getElementById(button.dataset.add).append(row);
    row.querySelector("input:not([type=hidden])").focus();
    form.dispatchEvent(new Event("input"));
  }
}
