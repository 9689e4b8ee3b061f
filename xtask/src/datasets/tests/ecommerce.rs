//! The shop: shares by category, return rates, stock, and totals that add up.

use super::{Sheet, assert_near, assert_shares, generate};
use crate::datasets::calendar::{days_to_month_end, weekday};
use std::collections::{HashMap, HashSet};

struct Shop {
    orders: Sheet,
    items: Sheet,
    inventory: Sheet,
}

impl Shop {
    fn open() -> Self {
        let files = generate();
        let sheet = |path| Sheet::of(files, path);
        Self {
            orders: sheet("ecommerce/orders.csv"),
            items: sheet("ecommerce/order_items.csv"),
            inventory: sheet("ecommerce/inventory.csv"),
        }
    }

    /// Orders with at least one item of the category.
    fn orders_with(&self, category: &str) -> HashSet<&str> {
        let of_category = self
            .items
            .rows
            .iter()
            .filter(|row| self.items.cell(row, "category") == category);
        of_category.map(|row| self.items.cell(row, "order_id")).collect()
    }

    fn returned(&self) -> HashSet<&str> {
        let returned = self
            .orders
            .rows
            .iter()
            .filter(|row| self.orders.cell(row, "returned") == "true");
        returned.map(|row| self.orders.cell(row, "order_id")).collect()
    }

    fn day_of_order(&self) -> HashMap<&str, i64> {
        let day = |row: &Vec<String>| {
            super::seconds(&format!("{} 00:00:00", row[self.orders.position("order_date")])) / 86_400
        };
        self.orders
            .rows
            .iter()
            .map(|row| (self.orders.cell(row, "order_id"), day(row)))
            .collect()
    }
}

#[test]
fn the_shop_has_its_size_and_its_180_days() {
    let shop = Shop::open();
    assert_eq!(shop.orders.rows.len(), 5_000);
    assert_near(shop.items.rows.len() as f64, 12_000.0, 150.0, "items");
    assert_eq!(shop.inventory.rows.len(), 500);
    let dates = shop.orders.column("order_date");
    assert_eq!(dates.iter().min(), Some(&"2025-08-05"));
    assert_eq!(dates.iter().max(), Some(&"2026-01-31"));
    assert!(dates.is_sorted());
}

#[test]
fn orders_have_their_statuses_and_returned_agrees() {
    let shop = Shop::open();
    let statuses = shop.orders.column("status");
    assert_shares(
        &statuses,
        &[("completed", 85.0), ("returned", 12.0), ("cancelled", 3.0)],
        0.2,
    );
    for (status, returned) in statuses.iter().zip(shop.orders.column("returned")) {
        assert_eq!((*status == "returned").to_string(), returned);
    }
}

#[test]
fn a_total_is_the_sum_of_its_items_after_discount() {
    let shop = Shop::open();
    let items = &shop.items;
    // Hundredths of a cent, so that nothing is rounded before the end.
    let mut sums: HashMap<&str, i64> = HashMap::new();
    for row in &items.rows {
        let number = |column| items.cell(row, column).parse::<i64>().expect("a whole number");
        let cents = items.hundredths(row, "price").expect("a price");
        *sums.entry(items.cell(row, "order_id")).or_default() +=
            cents * number("quantity") * (100 - number("discount"));
    }
    assert_eq!(sums.len(), shop.orders.rows.len(), "every order has items");
    for row in &shop.orders.rows {
        let total = shop.orders.hundredths(row, "total").expect("a total");
        assert!(
            (total * 100 - sums[shop.orders.cell(row, "order_id")]).abs() <= 50,
            "{row:?}"
        );
    }
}

#[test]
fn every_item_names_a_product_of_its_category_once_per_order() {
    let shop = Shop::open();
    let categories: HashMap<&str, &str> = shop
        .inventory
        .column("product_id")
        .into_iter()
        .zip(shop.inventory.column("category"))
        .collect();
    let mut seen = HashSet::new();
    for row in &shop.items.rows {
        let product = shop.items.cell(row, "product_id");
        assert_eq!(categories[product], shop.items.cell(row, "category"));
        assert!(seen.insert((shop.items.cell(row, "order_id"), product)));
    }
}

#[test]
fn categories_have_their_shares_of_items_and_of_the_catalogue() {
    let shop = Shop::open();
    let wanted = [
        ("Electronics", 30.0),
        ("Clothing", 35.0),
        ("Home", 20.0),
        ("Books", 10.0),
        ("Toys", 5.0),
    ];
    assert_shares(&shop.items.column("category"), &wanted, 1.0);
    assert_shares(&shop.inventory.column("category"), &wanted, 0.1);
}

#[test]
fn clothing_comes_back_often_and_books_rarely() {
    let shop = Shop::open();
    let returned = shop.returned();
    for (category, percent) in [("Clothing", 18.0), ("Books", 5.0)] {
        let orders = shop.orders_with(category);
        let rate = 100.0 * orders.intersection(&returned).count() as f64 / orders.len() as f64;
        assert_near(rate, percent, 1.0, category);
    }
}

#[test]
fn discounts_are_frequent_and_rise_at_month_end() {
    let shop = Shop::open();
    let days = shop.day_of_order();
    let (mut end, mut rest) = (Vec::new(), Vec::new());
    for row in &shop.items.rows {
        let discount: i64 = shop.items.cell(row, "discount").parse().expect("a whole number");
        assert!(discount == 0 || (5..=30).contains(&discount));
        let month_end = days_to_month_end(days[shop.items.cell(row, "order_id")]) < 5;
        if month_end {
            end.push(discount)
        } else {
            rest.push(discount)
        }
    }
    let mean = |values: &[i64]| values.iter().sum::<i64>() as f64 / values.len() as f64;
    let discounted = end.iter().chain(&rest).filter(|discount| **discount > 0).count();
    assert_near(
        100.0 * discounted as f64 / shop.items.rows.len() as f64,
        40.0,
        1.0,
        "discounted",
    );
    assert!(mean(&end) > 1.5 * mean(&rest));
}

#[test]
fn weekends_sell_about_30_percent_more() {
    let shop = Shop::open();
    let days = shop.day_of_order();
    let mut per_day: HashMap<i64, usize> = HashMap::new();
    days.values()
        .for_each(|day| *per_day.entry(*day).or_default() += 1);
    let mean = |weekend: bool| {
        let counts: Vec<usize> = per_day
            .iter()
            .filter(|(day, _)| (weekday(**day) >= 5) == weekend)
            .map(|(_, count)| *count)
            .collect();
        counts.iter().sum::<usize>() as f64 / counts.len() as f64
    };
    assert_near(
        100.0 * mean(true) / mean(false),
        130.0,
        4.0,
        "weekend against weekday",
    );
}

#[test]
fn some_products_are_out_of_stock_and_names_are_unique() {
    let shop = Shop::open();
    let stock: Vec<i64> = shop
        .inventory
        .column("stock")
        .iter()
        .map(|stock| stock.parse().expect("a number"))
        .collect();
    assert_eq!(stock.iter().filter(|stock| **stock == 0).count(), 50);
    assert_eq!(stock.iter().filter(|stock| **stock < 20).count(), 150);
    assert_eq!(
        shop.inventory
            .column("name")
            .into_iter()
            .collect::<HashSet<_>>()
            .len(),
        500
    );
}
