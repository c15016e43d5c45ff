/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "sipisctl/show/canvas.h"

#include "document/markup.h"
#include "sipisctl/show/text-width.h"

/* The page has a background, because the document around it may be light or dark. */
static const char style[] =
	"<style>\n"
	"text{font:13px system-ui,\"Segoe UI\",\"DejaVu Sans\",sans-serif;fill:#1c2128}\n"
	".big{font-size:18px;font-weight:600}\n"
	".name{font-weight:600}\n"
	".mono{font:12px ui-monospace,\"DejaVu Sans Mono\",monospace}\n"
	".mid{text-anchor:middle}\n"
	".end{text-anchor:end}\n"
	".dim{fill:#59636e}\n"
	".bad{fill:#b3261e}\n"
	".on{fill:#fff}\n"
	"rect{stroke-width:0;shape-rendering:crispEdges}\n"
	".page{fill:#fff}\n"
	".box{fill:#f6f8fa;stroke:#b8c0c8;stroke-width:1}\n"
	".round{rx:6px}\n"
	".c0{fill:#2f6fb3;stroke:#2f6fb3}\n"
	".c1{fill:#39803d;stroke:#39803d}\n"
	".c2{fill:#8a57b0;stroke:#8a57b0}\n"
	".c3{fill:#9a620f;stroke:#9a620f}\n"
	".c4{fill:#197a7a;stroke:#197a7a}\n"
	".c5{fill:#9b4a77;stroke:#9b4a77}\n"
	".c6{fill:#5361b8;stroke:#5361b8}\n"
	".c7{fill:#6b6b22;stroke:#6b6b22}\n"
	".others{fill:#6b7280;stroke:#6b7280}\n"
	".refused{fill:#c62828;stroke:#c62828}\n"
	".nobody{fill:none;stroke:#c62828;stroke-width:1;stroke-dasharray:5 4}\n"
	".arrow{stroke:#59636e}\n"
	"path.edge{fill:none;stroke-width:2}\n"
	"path.refused{stroke-dasharray:5 4}\n"
	"@media(prefers-color-scheme:dark){\n"
	"text{fill:#e6edf3}\n"
	".dim{fill:#9aa4af}\n"
	".bad{fill:#ff8a80}\n"
	".on{fill:#fff}\n"
	".page{fill:#14181d}\n"
	".box{fill:#1f252c;stroke:#4b5561}\n"
	".refused{stroke:#f0625a}\n"
	".nobody{stroke:#ff8a80}\n"
	".arrow{stroke:#9aa4af}\n"
	"}\n"
	"</style>\n";

void canvas_begin(struct strbuf *svg, const char *title, int width, int height)
{
	strbuf_appendf(svg,
		       "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
		       "viewBox=\"0 0 %d %d\">\n",
		       width, height, width, height);
	canvas_title(svg, title);
	strbuf_append(svg, style);
	canvas_rect(svg, 0, 0, width, height, "page");
}

int canvas_end(struct strbuf *svg)
{
	strbuf_append(svg, "</svg>\n");
	return strbuf_error(svg);
}

void canvas_inherit_error(struct strbuf *svg, const struct strbuf *text)
{
	if (strbuf_error(text) < 0)
		svg->error = strbuf_error(text);
}

void canvas_text(struct strbuf *svg, int x, int y, const char *class, const char *text,
		 unsigned columns)
{
	_cleanup_strbuf_ struct strbuf line = STRBUF_INIT;

	text_append_cut(&line, text, columns, "…");
	strbuf_appendf(svg, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y, class);
	markup_append_escaped(svg, line.text);
	strbuf_append(svg, "</text>\n");
	canvas_inherit_error(svg, &line);
}

void canvas_title(struct strbuf *svg, const char *text)
{
	if (!*text)
		return;
	strbuf_append(svg, "<title>");
	markup_append_escaped(svg, text);
	strbuf_append(svg, "</title>\n");
}

void canvas_rect(struct strbuf *svg, int x, int y, int width, int height, const char *class)
{
	strbuf_appendf(svg, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"%s\"/>\n",
		       x, y, width, height, class);
}

void canvas_curve(struct strbuf *svg, int x, int y, int to_x, int to_y, const char *class)
{
	int middle = (x + to_x) / 2;

	strbuf_appendf(svg, "<path d=\"M%d,%dC%d,%d %d,%d %d,%d\" class=\"edge %s\"/>\n", x, y,
		       middle, y, middle, to_y, to_x, to_y, class);
}

void canvas_arrow(struct strbuf *svg, int x, int y, int to_x)
{
	strbuf_appendf(svg, "<path d=\"M%d,%dH%dm-7,-5l7,5l-7,5\" class=\"edge arrow\"/>\n", x, y,
		       to_x);
}

void canvas_open(struct strbuf *svg, int x, int y, int width, int height)
{
	strbuf_appendf(svg, "<svg x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">\n", x, y, width,
		       height);
}

void canvas_close(struct strbuf *svg)
{
	strbuf_append(svg, "</svg>\n");
}

void canvas_open_group(struct strbuf *svg, const char *title)
{
	strbuf_append(svg, "<g>\n");
	canvas_title(svg, title);
}

void canvas_close_group(struct strbuf *svg)
{
	strbuf_append(svg, "</g>\n");
}
