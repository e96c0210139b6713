//go:build ignore

// Picture says what is wrong with a screenshot of a page: too few colours, hardly
// anything but background, or a background of the wrong brightness.
//
//	go run .ci/picture.go light|dark FILE.png
package main

import (
	"fmt"
	"image/color"
	"image/png"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: picture light|dark FILE.png")
		os.Exit(2)
	}
	text, err := look(os.Args[2], os.Args[1] == "dark")
	fmt.Printf("%s: %s\n", os.Args[2], text)
	if err != nil {
		fmt.Fprintln(os.Stderr, "picture:", err)
		os.Exit(1)
	}
}

// look counts the colours of a picture and judges them.
func look(name string, dark bool) (string, error) {
	const (
		fewest   = 100  // antialiased text alone makes more
		mostBack = 0.97 // a page with tables covers more than the rest
	)
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	picture, err := png.Decode(f)
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	count := map[color.RGBA]int{}
	box := picture.Bounds()
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			count[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	var back color.RGBA
	for c, n := range count {
		if n > count[back] {
			back = c
		}
	}
	share := float64(count[back]) / float64(box.Dx()*box.Dy())
	text := fmt.Sprintf("%d x %d, %d colours, %.0f %% background #%02x%02x%02x", box.Dx(), box.Dy(), len(count), 100*share, back.R, back.G, back.B)
	light := int(back.R)+int(back.G)+int(back.B) > 3*128
	switch {
	case len(count) < fewest:
		return text, fmt.Errorf("%d colours, a page has %d or more", len(count), fewest)
	case share > mostBack:
		return text, fmt.Errorf("nearly blank: %.1f %% background", 100*share)
	case light == dark:
		return text, fmt.Errorf("the background is of the wrong brightness")
	}
	return text, nil
}
