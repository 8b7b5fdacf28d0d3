// Longer texts of the gallery: a page as the site renders it, and the templates it offers.

import type { Template } from "../src/api/types";

export const pageHtml = `<p>Le collège reste ouvert pendant tout le chantier. On travaille bâtiment par bâtiment, et <strong>jamais pendant les épreuves</strong>. La demi-pension déménage dans le préau fermé de janvier à avril.</p>
<h2>Phase 1 : désamiantage du bâtiment B</h2>
<p>Le désamiantage commence le lundi 4 janvier et dure sept semaines. L’accès rue des Vannes est réservé aux camions de 7 h à 8 h, avant l’arrivée des élèves.</p>
<ul><li>Prévenir les familles (principal, avant le 11 décembre)</li><li>Baliser l’entrée rue des Vannes avec la Voirie</li></ul>
<h2>Phase 2 : la salle de restauration</h2>
<p>Solène Cariou propose de garder la chaîne froide sur place. Nous comparons deux tracés pour l’arrivée de gaz.</p>`;

export const templates: Template[] = [
  {
    id: "chantier",
    kind: "project",
    name: "Chantier",
    description: "Pages de suivi, un salon, un mur pour les nouvelles du chantier.",
  },
  {
    id: "project-partner",
    kind: "project",
    name: "Avec un partenaire",
    description:
      "Un espace à part, simple : ce que nous faisons ensemble, et un salon pour en parler.",
  },
  {
    id: "service",
    kind: "team",
    name: "Service",
    description: "Un salon du jour et les pages du service.",
  },
  {
    id: "metier",
    kind: "practice",
    name: "Métier",
    description: "Un mur pour les bonnes idées et des pages de référence.",
  },
];
