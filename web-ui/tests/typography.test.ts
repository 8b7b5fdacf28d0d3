// @vitest-environment node
/** French spacing and moments in words: before, after. */
import { describe, expect, test } from "vitest";
import { clock, dayWhen, longDay, sentenceWhen, shortWhen } from "../src/text/dates.ts";
import { elided, frenchSpaces } from "../src/text/typography.ts";

/** «_» stands for a no-break space, so that it can be seen here. */
const seen = (text: string) => text.replaceAll("\u00a0", "_");

describe("frenchSpaces", () => {
  test.each([
    ["Peut-on fermer jeudi ?", "Peut-on fermer jeudi_?"],
    ["Attention : « travaux » ; merci !", "Attention_: «_travaux_»_; merci_!"],
    ["à 8 h 47", "à 8_h_47"],
    ["à 14 h, rue des Vannes", "à 14_h, rue des Vannes"],
    ["de 7 h à 8 h", "de 7_h à 8_h"],
    ["https://exemple.fr:8443/a?b", "https://exemple.fr:8443/a?b"],
    ["212 Mo libres", "212_Mo libres"],
    ["chantier n° 8", "chantier n°_8"],
    ["8:47", "8:47"],
  ])("%s", (before, after) => expect(seen(frenchSpaces(before))).toBe(after));

  test("a text that has its spaces keeps them", () => {
    const once = frenchSpaces("Oui ? « Non » : 8 h 05 !");
    expect(frenchSpaces(once)).toBe(once);
  });
});

describe("elided", () => {
  test.each([
    ["dernières nouvelles de Ancenis à 12 h 13", "dernières nouvelles d’Ancenis à 12 h 13"],
    ["Site de Épinay", "Site d’Épinay"],
    ["dernières nouvelles de Nantes", "dernières nouvelles de Nantes"],
    ["de A à Z, de onze à douze", "de A à Z, de onze à douze"],
    ["le code Ape de Inde", "le code Ape d’Inde"],
  ])("%s", (before, after) => expect(elided(before)).toBe(after));
});

const now = new Date("2026-11-24T07:53:00Z");
const zone = { now, timeZone: "Europe/Paris" };
const fr = { ...zone, language: "fr" } as const;
const en = { ...zone, language: "en" } as const;
const moment = (text: string) => new Date(text);

describe("moments", () => {
  test.each([
    ["2026-11-24T07:47:00Z", "8_h_47", "à 8_h_47", "08:47"],
    ["2026-11-24T07:00:00Z", "8_h", "à 8_h", "08:00"],
    ["2026-11-23T22:59:00Z", "hier", "hier à 23_h_59", "yesterday"],
    ["2026-11-23T23:01:00Z", "0_h_01", "à 0_h_01", "00:01"],
    ["2026-11-19T10:00:00Z", "jeudi", "jeudi à 11_h", "Thursday"],
    ["2026-11-12T10:00:00Z", "le 12 nov.", "le 12 nov.", "12 Nov"],
    ["2025-11-12T10:00:00Z", "le 12 nov. 2025", "le 12 nov. 2025", "12 Nov 2025"],
  ])("%s", (text, short, sentence, english) => {
    expect(seen(shortWhen(moment(text), fr))).toBe(short);
    expect(seen(sentenceWhen(moment(text), fr))).toBe(sentence);
    expect(shortWhen(moment(text), en)).toBe(english);
  });

  test("a column has the day alone, unless it is today", () => {
    expect(seen(dayWhen(moment("2026-11-23T10:00:00Z"), fr))).toBe("hier");
    expect(seen(dayWhen(moment("2026-11-24T07:47:00Z"), fr))).toBe("à 8_h_47");
  });

  test("the title of the day", () => {
    expect(longDay(fr)).toBe("Mardi 24 novembre");
    expect(longDay(en)).toBe("Tuesday 24 November");
    expect(seen(clock(moment("2026-06-24T21:05:00Z"), fr))).toBe("23_h_05");
  });
});
