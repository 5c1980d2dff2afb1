// Small scripts of the Redzones pages. A classic script: pages are opened from file shares, where modules and fetch fail.
// Text reaches the page through textContent only, never as markup.
var redzones = (function () {
  "use strict";

  // ---- Maps: folium draws the shapes, this colours them, labels them and lets a person choose what is shown ----

  var hatches = {};

  function hatch(fill, pattern) {
    var key = fill + pattern;
    if (!hatches[key]) {
      var tile = document.createElement("canvas");
      tile.width = tile.height = 8;
      var pen = tile.getContext("2d");
      pen.fillStyle = "#ffffff";
      pen.fillRect(0, 0, 8, 8);
      pen.strokeStyle = pen.fillStyle = fill;
      if (pattern === "dots") {
        pen.fillRect(1, 1, 2, 2);
        pen.fillRect(5, 5, 2, 2);
      } else {
        pen.lineWidth = 1.5;
        pen.beginPath();
        pen.moveTo(-2, 2);
        pen.lineTo(2, -2);
        pen.moveTo(0, 8);
        pen.lineTo(8, 0);
        pen.moveTo(6, 10);
        pen.lineTo(10, 6);
        pen.stroke();
      }
      hatches[key] = pen.createPattern(tile, "repeat");
    }
    return hatches[key];
  }

  function areaStyle(swatch) {
    if (!swatch || swatch.pattern === "none") {
      return { stroke: true, color: "#6b7280", weight: 1, fill: true, fillColor: "#ffffff", fillOpacity: 0.55 };
    }
    var fill = swatch.pattern === "solid" ? swatch.fill : hatch(swatch.fill, swatch.pattern);
    return { stroke: true, color: "#ffffff", weight: 0.8, fill: true, fillColor: fill, fillOpacity: 1 };
  }

  var outlineStyles = {
    patrol: { color: "#374151", weight: 1.2, fill: false, opacity: 0.8 },
    own: { color: "#1f2937", weight: 2.2, fill: false, opacity: 1 },
    unit: { color: "#111827", weight: 2.4, fill: false, opacity: 1 }
  };
  // White round red stays visible on every colour of the areas.
  var zoneStyle = { color: "#ffffff", weight: 2.5, fill: true, fillColor: "#c8102e", fillOpacity: 0.8 };

  function tooltipOf(lines) {
    var box = document.createElement("div");
    lines.forEach(function (line, i) {
      var row = document.createElement(i === 0 ? "strong" : "div");
      row.textContent = line;
      box.appendChild(row);
    });
    return box;
  }

  function describe(layer, facts) {
    if (facts.lines) {
      layer.bindTooltip(function () { return tooltipOf(facts.lines); }, { sticky: true, className: "map-tip" });
    }
    if (facts.href) {
      layer.on("click", function () { window.location.href = facts.href; });
    }
  }

  // Folium calls this for every shape that it adds.
  function onShape(feature, layer) {
    describe(layer, feature.properties);
  }

  // At the scale of a county a zone is a dot: an unseen disc under its number answers the pointer in its place.
  function addTarget(label, zones, group) {
    zones.eachLayer(function (zone) {
      if (zone.feature.properties.code === label.code) {
        var target = L.circleMarker(label.at, { radius: 11, stroke: false, fillOpacity: 0 });
        describe(target, zone.feature.properties);
        target.addTo(group);
      }
    });
  }

  function addLabels(labels, zoneLayers) {
    var groups = {};
    labels.forEach(function (label) {
      var text = document.createElement("span");
      text.textContent = label.text;
      var group = groups[label.group] || (groups[label.group] = L.layerGroup());
      L.tooltip({ permanent: true, direction: "center", className: "map-label map-label-" + label.style })
        .setLatLng(label.at).setContent(text).addTo(group);
      if (zoneLayers[label.group]) { addTarget(label, window[zoneLayers[label.group]], group); }
    });
    return groups;
  }

  function chosen(name, otherwise) {
    var input = document.querySelector('input[name="' + name + '"]:checked');
    return input ? input.value : otherwise;
  }

  function showLegend(kind, key) {
    document.querySelectorAll("[data-legend-" + kind + "]").forEach(function (legend) {
      legend.hidden = legend.getAttribute("data-legend-" + kind) !== key;
    });
  }

  function startMap(settings) {
    var map = window[settings.map], areas = window[settings.areas], outlines = window[settings.outlines];
    var labels = addLabels(settings.labels, settings.zones);
    if (labels[""]) { labels[""].addTo(map); }
    outlines.eachLayer(function (line) { line.setStyle(outlineStyles[line.feature.properties.code]); });

    function colour() {
      var key = chosen("map-layer", settings.layer), styles = settings.styles[key] || {};
      areas.eachLayer(function (shape) {
        shape.setStyle(areaStyle(styles[(shape.feature.properties.classes || {})[key]]));
      });
      showLegend("layer", key);
    }

    function zones() {
      var key = chosen("map-zones", settings.zoneLayer);
      Object.keys(settings.zones).forEach(function (name) {
        [window[settings.zones[name]], labels[name]].forEach(function (layer) {
          if (!layer) { return; }
          if (name === key) { layer.addTo(map); } else { map.removeLayer(layer); }
        });
        if (name === key) { window[settings.zones[name]].setStyle(zoneStyle).bringToFront(); }
      });
      showLegend("zones", key);
    }

    document.querySelectorAll('input[name="map-layer"]').forEach(function (input) {
      input.addEventListener("change", function () { colour(); zones(); });
    });
    document.querySelectorAll('input[name="map-zones"]').forEach(function (input) {
      input.addEventListener("change", zones);
    });
    document.querySelectorAll("[data-map-reset]").forEach(function (button) {
      button.addEventListener("click", function () { map.fitBounds(settings.bounds, { paddingTopLeft: [12, settings.above], paddingBottomRight: [12, 12] }); });
    });
    colour();
    zones();
    document.documentElement.setAttribute("data-map-ready", "true");
  }

  // ---- The portal's search: hides what does not match, and says how many are left ----

  function plain(text) {
    return text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  }

  function startSearch() {
    var box = document.getElementById("area-search");
    if (!box) { return; }
    var items = Array.prototype.slice.call(document.querySelectorAll("[data-search]"));
    var groups = Array.prototype.slice.call(document.querySelectorAll("[data-search-group]"));
    var said = document.getElementById("area-search-result");
    box.closest("form").hidden = false;
    box.closest("form").addEventListener("submit", function (event) { event.preventDefault(); });
    box.addEventListener("input", function () {
      var words = plain(box.value).split(/\s+/).filter(Boolean), left = 0;
      items.forEach(function (item) {
        var text = plain(item.getAttribute("data-search"));
        item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
        if (!item.hidden) { left += 1; }
      });
      groups.forEach(function (group) { group.hidden = !group.querySelector("[data-search]:not([hidden])"); });
      said.textContent = words.length ? left + (left === 1 ? " area matches" : " areas match") : "";
    });
  }

  // ---- Whether these pages are still valid, and whether a newer publication exists ----

  function twoDigits(number) { return (number < 10 ? "0" : "") + number; }

  function startValidity() {
    var notice = document.getElementById("validity-notice"), page = document.body.dataset;
    var now = new Date();
    var today = now.getFullYear() + "-" + twoDigits(now.getMonth() + 1) + "-" + twoDigits(now.getDate());
    var messages = [];
    if (today > page.validUntil) {
      messages.push("The validity of this page ended on " + page.validUntilWords + ". Use it as history only.");
    }
    var publication = window.redzonesPublication;
    if (publication && publication.current && publication.current !== page.fingerprint) {
      messages.push("A newer publication exists. Go to the portal's front page for the current one.");
    }
    notice.textContent = messages.join(" ");
    notice.hidden = messages.length === 0;
    var published = document.getElementById("published");
    if (publication && publication.published) {
      published.textContent = "Published on " + String(publication.published).slice(0, 10) + ".";
    }
  }

  function startPrint() {
    document.querySelectorAll("[data-print]").forEach(function (button) {
      button.hidden = false;
      button.addEventListener("click", function () { window.print(); });
    });
  }

  function startPage() {
    startValidity();
    startSearch();
    startPrint();
    var settings = document.getElementById("map-settings");
    if (settings) { startMap(JSON.parse(settings.textContent)); }
  }

  return { onShape: onShape, startPage: startPage };
})();
