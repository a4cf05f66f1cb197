package io.github.finessl.studio;

import java.util.List;
import java.util.Optional;
import org.openqa.selenium.Keys;

/** The page of labelling in a browser, by what it shows and by keys. */
final class BrowserDesk implements Visitor.Desk {

    private static final String ID = "return document.querySelector('studio-label .photo img').dataset.id ?? ''";

    private final Browser browser;
    private final StudioClient studio;
    private int labels;

    /**
     * The page of labelling.
     *
     * @param studio the same one, which tells when suggestions are made from the last label
     */
    BrowserDesk(Browser browser, StudioClient studio) {
        this.browser = browser;
        this.studio = studio;
        browser.show("label", 1280, "light");
        browser.await("photo", () -> !id().isEmpty());
    }

    private String id() {
        return (String) browser.script(ID);
    }

    @Override
    public Visitor.Sight look() {
        studio.await("suggestions", state -> state.get("labelled").asInt() == labels);
        String wanted = studio.get("/api/next?count=1&shown=" + id())
                .at("/photos/0/suggestion/className")
                .asText("");
        browser.await("newest suggestion", () -> suggestion().orElse("").equals(wanted));
        return new Visitor.Sight(
                browser.text("studio-label .photo + p").replaceFirst(" · .*", ""), suggestion(), classes());
    }

    private Optional<String> suggestion() {
        String text = browser.text("studio-label button.main");
        return text.startsWith("Enter ") && text.endsWith("%")
                ? Optional.of(text.substring("Enter ".length(), text.lastIndexOf(',')))
                : Optional.empty();
    }

    private List<String> classes() {
        return ((List<?>) browser.script("return [...document.querySelectorAll('studio-label .keys button')]"
                        + ".map(each => each.querySelector('.count').previousSibling.textContent)"))
                .stream().map(String::valueOf).toList();
    }

    @Override
    public void accept() {
        press(Keys.ENTER);
    }

    @Override
    public void digit(int number, String className) {
        press(Integer.toString(number % 10));
    }

    @Override
    public void type(String keys, String className) {
        browser.type(keys);
        press(Keys.ENTER);
        browser.await("class " + className, () -> classes().contains(className));
    }

    private void press(CharSequence key) {
        String before = id();
        browser.type(key);
        labels++;
        browser.await("next photo", () -> !id().equals(before));
    }
}
