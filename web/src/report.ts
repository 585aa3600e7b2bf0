// The script of the report form: previews of the chosen photos, and "use my place". The form sends the same without it.

import { startMenus } from "./islands/menus.ts";

document.documentElement.classList.add("js");
startMenus(document);

const previews = document.querySelector<HTMLElement>(".photo-previews");
const photos = document.querySelector<HTMLInputElement>(".photo-picker input[type=file]");
photos?.addEventListener("change", () => {
  if (!previews) return;
  for (const old of previews.querySelectorAll("img")) URL.revokeObjectURL(old.src);
  previews.replaceChildren(
    ...[...(photos.files ?? [])].map((file) => {
      const image = new Image();
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return image;
    }),
  );
});

const button = document.querySelector<HTMLButtonElement>("[data-does=locate]");
const said = document.querySelector<HTMLElement>("[data-said=locate]");
button?.addEventListener("click", () => {
  const say = (word: string): void => {
    if (said) said.textContent = said.dataset[word] ?? "";
  };
  if (!("geolocation" in navigator)) return say("refused");
  say("asking");
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      put("longitude", coords.longitude.toFixed(7));
      put("latitude", coords.latitude.toFixed(7));
      put("accuracy_m", String(Math.ceil(coords.accuracy)));
      if (said) said.textContent = (said.dataset["found"] ?? "").replace("{n}", String(Math.ceil(coords.accuracy)));
    },
    () => say("refused"),
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
  );
});

function put(name: string, value: string): void {
  const field = document.querySelector<HTMLInputElement>(`input[name=${name}]`);
  if (field) field.value = value;
}
