#!/bin/sh
# How the files in `plain` were made: once, by programs of Debian 12. Run it in this folder.
#
# apt-get install qpdf ghostscript mupdf-tools poppler-utils chromium libreoffice-writer-nogui \
#   libreoffice-draw-nogui texlive-latex-base groff wkhtmltopdf python3-cairo \
#   python3-reportlab fonts-ipaexfont-gothic
set -eu
out=$PWD/plain
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cd "$work"
export HOME="$work" SOURCE_DATE_EPOCH=1795575600 TZ=UTC
mkdir -p "$out"

# Writers of their own.
/usr/bin/python3 - <<'PYTHON'
import cairo
from reportlab.pdfgen import canvas
for name, version in (("cairo-15", cairo.PDF_VERSION_1_5), ("cairo-14", cairo.PDF_VERSION_1_4)):
    surface = cairo.PDFSurface(name + ".pdf", 300, 200)
    surface.restrict_to_version(version)
    context = cairo.Context(surface)
    context.move_to(20, 50)
    context.show_text("Contract (cairo)")
    context.rectangle(20, 80, 100, 40)
    context.fill()
    surface.finish()
page = canvas.Canvas("reportlab.pdf", pagesize=(300, 200), invariant=1)
page.drawString(20, 150, "Application form")
form = page.acroForm
form.textfield(name="family", x=20, y=100, width=120, height=20, value="Yamada")
form.checkbox(name="agreed", x=20, y=70, checked=True)
page.linkURL("https://example.invalid/", (20, 20, 100, 40))
page.showPage()
page.drawString(20, 150, "Second page")
page.save()
PYTHON
printf '<meta charset="utf-8"><title>t</title><p style="font-family: IPAexGothic">契約書 Contract' >page.html
chromium --headless --no-sandbox --disable-gpu --no-pdf-header-footer --print-to-pdf=chromium.pdf page.html 2>/dev/null
QT_QPA_PLATFORM=offscreen wkhtmltopdf -q page.html wkhtmltopdf.pdf 2>/dev/null
printf '契約書 Contract\n' >letter.txt
soffice --headless --convert-to pdf letter.txt >/dev/null 2>&1 && mv letter.pdf libreoffice-writer.pdf
soffice --headless --convert-to 'pdf:writer_pdf_Export:{"SelectPdfVersion":{"type":"long","value":"2"}}' letter.txt >/dev/null 2>&1 && mv letter.pdf libreoffice-pdfa2.pdf
soffice --headless --convert-to 'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}' letter.txt >/dev/null 2>&1 && mv letter.pdf libreoffice-tagged.pdf
printf '\\documentclass{article}\\begin{document}Contract \\begin{eqnarray}a&=&b\\end{eqnarray}\\end{document}' >a.tex
pdflatex -interaction=batchmode a.tex >/dev/null && mv a.pdf pdftex-15.pdf
printf '\\pdfminorversion=4\\pdfobjcompresslevel=0\\documentclass{article}\\begin{document}Contract\\end{document}' >a.tex
pdflatex -interaction=batchmode a.tex >/dev/null && mv a.pdf pdftex-14.pdf
printf '.ps 12\nContract of groff\n.bp\nSecond page\n' | groff -Tpdf >groff.pdf
printf '%%%%%%%%MediaBox 0 0 300 200\n%%%%%%%%Font F0 Helvetica\nBT /F0 12 Tf 20 100 Td (Contract) Tj ET\n' >page.txt
mutool create -o mutool-create.pdf page.txt
gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -dCompatibilityLevel=1.4 -o ghostscript-14.pdf cairo-15.pdf
gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfwrite -dCompatibilityLevel=1.7 -dFastWebView -o ghostscript-web.pdf reportlab.pdf
gs -q -dBATCH -dNOPAUSE -sDEVICE=pdfimage24 -r36 -o ghostscript-image.pdf cairo-15.pdf
pdftocairo -pdf pdftex-15.pdf pdftocairo.pdf
pdfunite pdftex-14.pdf pdftocairo.pdf pdfunite.pdf

# Rewritten in other structures.
export QPDF="qpdf --deterministic-id"
$QPDF --object-streams=disable reportlab.pdf qpdf-table.pdf
$QPDF --object-streams=generate reportlab.pdf qpdf-objects.pdf
$QPDF --linearize reportlab.pdf qpdf-linearized.pdf
$QPDF --linearize --object-streams=generate reportlab.pdf qpdf-linearized-objects.pdf
$QPDF --qdf reportlab.pdf qpdf-qdf.pdf
$QPDF --stream-data=uncompress --object-streams=preserve pdftex-15.pdf qpdf-uncompressed.pdf
$QPDF --newline-before-endstream --compress-streams=n --min-version=2.0 groff.pdf qpdf-20.pdf
$QPDF --empty --pages cairo-14.pdf groff.pdf 1 -- --collate qpdf-merged.pdf
mutool clean -g reportlab.pdf mutool-garbage.pdf 2>/dev/null
mutool clean -ggg -z -l cairo-15.pdf mutool-linear.pdf 2>/dev/null || rm -f mutool-linear.pdf
mutool clean -d -a qpdf-objects.pdf mutool-ascii.pdf 2>/dev/null
# Several revisions by a program that appends.
/usr/bin/python3 - <<'PYTHON'
data = open("qpdf-table.pdf", "rb").read()
start = int(data.rsplit(b"startxref", 1)[1].split()[0])
trailer = data[data.rindex(b"trailer") + 7:data.rindex(b"startxref")].strip()
number = data.count(b" obj\n") + 50
at = len(data)
added = b"%d 0 obj\n(a note that nobody refers to)\nendobj\n" % number
table = at + len(added)
trailer = trailer[:-2] + b" /Prev %d >>" % start
import re
trailer = re.sub(rb"/Size \d+", b"/Size %d" % (number + 1), trailer)
added += b"xref\n%d 1\n%010d 00000 n \ntrailer " % (number, at) + trailer
added += b"\nstartxref\n%d\n%%%%EOF\n" % table
open("appended.pdf", "wb").write(data + added)
# Old Macintosh line ends where they are free, and no line end at the end.
data = open("cairo-14.pdf", "rb").read().rstrip(b"\n")
open("no-last-line-end.pdf", "wb").write(data)
PYTHON
# Files that have to be refused: as they are, and why, is their name.
refused=$(dirname "$out")/refused
mkdir -p "$refused"
mv pdfunite.pdf "$refused/size.pdf"
qpdf --static-id --encrypt "" owner 256 -- qpdf-table.pdf "$refused/encrypted-empty-password.pdf"
qpdf --static-id --encrypt user owner 256 -- qpdf-objects.pdf "$refused/encrypted.pdf"
qpdf --static-id --allow-weak-crypto --encrypt "" owner 40 -- qpdf-table.pdf "$refused/encrypted-40-bits.pdf"
head -c 4000 qpdf-table.pdf >"$refused/cut.pdf"
sed 's/^startxref/startxxxx/' qpdf-table.pdf >"$refused/no-startxref.pdf"
(printf 'mail header\n\n' && cat qpdf-table.pdf) >"$refused/header.pdf"
for file in *.pdf; do
    mv "$file" "$out/$file"
done
